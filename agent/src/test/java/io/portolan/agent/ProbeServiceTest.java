package io.portolan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.service.ServiceName;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("PORTOLAN_PROBE_SERVICE")
class ProbeServiceTest {
  @Test
  @DisplayName("names a Service; absent or empty: there is none")
  void named() {
    assertThat(Main.probeService("portolan-system/portolan-probe"))
        .isEqualTo(new ServiceName("portolan-system", "portolan-probe"));
    assertThat(Main.probeService(null)).isNull();
    assertThat(Main.probeService("")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"portolan-probe", "/portolan-probe", "a/", "a/b/c"})
  @DisplayName("that names none is told at the start")
  void mistaken(String text) {
    assertThatThrownBy(() -> Main.probeService(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PORTOLAN_PROBE_SERVICE is not namespace/name: " + text);
  }
}
