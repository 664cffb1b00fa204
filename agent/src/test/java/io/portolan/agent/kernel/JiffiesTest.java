package io.portolan.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The kernel's count of ticks")
class JiffiesTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  @DisplayName("begins 300 s before 2^32, at every length of a tick, rounded ones too")
  void begins() {
    assertThat(Jiffies.at(0, 4_000_000).now()).isEqualTo((1L << 32) - 75_000);
    assertThat(Jiffies.at(0, 3_333_333).now()).isEqualTo((1L << 32) - 90_000);
    assertThat(Jiffies.at(301 * SECOND + SECOND / 2, 1_000_000).now())
        .isEqualTo((1L << 32) + 1_500);
    assertThat(Jiffies.at(31_536_300L * SECOND, 10_000_000).now())
        .isEqualTo((1L << 32) + 3_153_600_000L);
  }

  @Test
  @DisplayName("tells ages; what lies a little ahead is now, what cannot be is not told")
  void ages() {
    var now = Jiffies.at(1_000 * SECOND, 4_000_000);
    assertThat(now.since(now.now() - 250)).contains(Duration.ofSeconds(1));
    assertThat(now.since(now.now() + 250)).contains(Duration.ZERO);
    assertThat(now.since(now.now() + 2_500)).isEmpty();
    assertThat(now.since(17)).isEmpty();
  }

  @Test
  @DisplayName("agrees with what the kernel writes, within two seconds")
  void agrees() {
    try (var node = NetworkNamespace.create("jiffies")) {
      node.exec("iptables-legacy", "-A", "INPUT", "-m", "recent", "--name", "TICKS", "--rcheck");
      List<String> words =
          node.call(
              () -> {
                Path list = Path.of("/proc/thread-self/net/xt_recent/TICKS");
                Files.writeString(list, "+10.0.0.1\n");
                return List.of(Files.readString(list).split(" "));
              });
      long seen = Long.parseLong(words.get(words.indexOf("last_seen:") + 1));
      var now = Jiffies.read();
      assertThat(Math.abs(now.now() - seen) * now.nanos()).isLessThan(2 * SECOND);
      assertThat(now.since(seen))
          .hasValueSatisfying(age -> assertThat(age.toSeconds()).isLessThan(2));
    }
  }
}
