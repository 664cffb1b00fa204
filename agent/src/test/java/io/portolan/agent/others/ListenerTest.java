package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.service.Ip;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Lines of /proc/net/tcp")
class ListenerTest {
  @Test
  @DisplayName("address and port of a socket that listens, of both families")
  void listeners() {
    assertThat(
            Listener.read(
                "   0: 0100007F:2809 00000000:0000 0A 00000000:00000000 00:00000000 00000000   0"))
        .isEqualTo(new Listener(Ip.parse("127.0.0.1"), 10249));
    assertThat(
            Listener.read(
                "  12: B80D01200000000000000000010000FF:2810 00000000000000000000000000000000:0000"
                    + " 0A 00000000:00000000 00:00000000 00000000     0        0 1 1"))
        .isEqualTo(new Listener(Ip.parse("2001:db8::ff00:1"), 10256));
  }

  @Test
  @DisplayName("a connection is no listener, and other text no line")
  void connections() {
    assertThat(Listener.read("   1: 0100007F:2809 0100007F:9C40 01 00000000:00000000 00:0 0"))
        .isNull();
    assertThatThrownBy(() -> Listener.read("")).isInstanceOf(IllegalArgumentException.class);
  }
}
