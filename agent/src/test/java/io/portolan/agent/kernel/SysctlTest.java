package io.portolan.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Kernel settings")
class SysctlTest {
  private static final Path NET = Path.of("/proc/sys/net");

  @Test
  @DisplayName("a value of the kernel is read with all its digits")
  void readsTheKernelsFiles() throws IOException {
    String name = "core/somaxconn"; // 4096 by default, 128 on kernels before 5.4
    String text = Files.readAllLines(NET.resolve(name)).getFirst();
    assertThat(text).hasSizeGreaterThan(1);
    assertThat(new Sysctl(NET).get(name)).hasValue(Long.parseLong(text));
  }

  @Test
  @DisplayName("what the kernel does not have is no value, and neither is what is no number")
  void noValue(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("words"), "cubic\n");
    var sysctl = new Sysctl(folder);
    assertThat(sysctl.get("nothing")).isEqualTo(OptionalLong.empty());
    assertThat(sysctl.get("words")).isEqualTo(OptionalLong.empty());
  }

  @Test
  @DisplayName("a value is written")
  void writes(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("value"), "12\n");
    new Sysctl(folder).set("value", 1234);
    assertThat(file).content().isEqualTo("1234");
  }

  @Test
  @DisplayName("a value that is held goes back when the last holder lets go, unless it was changed")
  void held(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("value"), "0\n");
    var sysctl = new Sysctl(folder);
    sysctl.hold("value", 1, "a");
    sysctl.hold("value", 1, "b");
    sysctl.release("value", "a");
    sysctl.release("value", "a");
    assertThat(sysctl.held("value", "a")).isFalse();
    assertThat(sysctl.held("value", "b")).isTrue();
    assertThat(file).content().isEqualTo("1");
    sysctl.release("value", "b");
    assertThat(file).content().isEqualTo("0");
    sysctl.hold("value", 1, "a");
    Files.writeString(file, "2");
    sysctl.release("value", "a");
    assertThat(file).content().isEqualTo("2");
  }
}
