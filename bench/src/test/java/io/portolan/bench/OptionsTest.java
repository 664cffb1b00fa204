package io.portolan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Options")
class OptionsTest {
  private static Options of(String... words) {
    String[] places = {"programs=p", "work=w", "kept=k", "root=r", "image=i", "results=o"};
    return Options.of(Stream.concat(Stream.of(places), Stream.of(words)).toArray(String[]::new));
  }

  @Test
  @DisplayName(
      "by default 10,000 Services of 5 endpoints, three rounds, both modes and contestants")
  void defaults() {
    Options options = of("services=", "mode=");
    assertThat(options.services()).isEqualTo(10_000);
    assertThat(options.endpoints()).isEqualTo(5);
    assertThat(options.rounds()).isEqualTo(3);
    assertThat(options.modes()).containsExactly(Mode.NFTABLES, Mode.IPTABLES);
    assertThat(options.only()).isEmpty();
    assertThat(options.packets()).isTrue();
  }

  @Test
  @DisplayName("quick is one round of 1,000, unless another size is asked for")
  void quick() {
    assertThat(of("quick=1").services()).isEqualTo(1000);
    assertThat(of("quick=1").rounds()).isEqualTo(1);
    assertThat(of("quick=1", "services=2000").services()).isEqualTo(2000);
  }

  @Test
  @DisplayName("what cannot be is refused")
  void refused() {
    for (String word :
        new String[] {
          "services=499", "rounds=x", "mode=ipvs", "only=cilium", "what=1", "endpoints"
        }) {
      assertThatThrownBy(() -> of(word)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
