package io.portolan.agent.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The text of addresses")
class IpTextTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:0DB8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
    "0:0:3:4:5:6:7:8, ::3:4:5:6:7:8",
    "64:ff9b::10.1.2.3, 64:ff9b::a01:203",
    "::ffff:10.1.2.3, 10.1.2.3",
    "fe80::0001, fe80::1"
  })
  @DisplayName("is written as RFC 5952 section 4 wants it")
  void canonical(String text, String canonical) {
    assertThat(Ip.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(
      strings = {
        "",
        "10.0.0",
        "10.0.0.0.1",
        "10.0.0.256",
        "10.0.0.01",
        "10.0.0.-1",
        "10.0.0.1/8",
        " 10.0.0.1",
        "localhost",
        ":",
        ":::",
        "1:2",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8",
        "::1::",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "::10.0.0",
        "10.0.0.1::",
        "[::1]"
      })
  @DisplayName("is refused with its own words when it is not an address")
  void refused(String text) {
    assertThatThrownBy(() -> Ip.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }

  @Property(tries = 500)
  void readsWhatTheJdkWrites(@ForAll("addresses") byte[] bytes) throws Exception {
    String text = InetAddress.getByAddress(bytes).getHostAddress();
    Ip ip = Ip.parse(text);
    assertThat(ip.bytes()).isEqualTo(InetAddress.ofLiteral(text).getAddress());
  }

  @Property(tries = 500)
  void writesWhatTheJdkReads(@ForAll("addresses") byte[] bytes) {
    Ip ip = Ip.of(bytes);
    assertThat(ip.bytes()).isEqualTo(bytes);
    assertThat(InetAddress.ofLiteral(ip.toString()).getAddress()).isEqualTo(bytes);
    assertThat(Ip.parse(ip.toString())).isEqualTo(ip);
  }

  @Provide
  Arbitrary<byte[]> addresses() {
    var bytes =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(2, Arbitraries.just((byte) 0)),
            net.jqwik.api.Tuple.of(1, Arbitraries.bytes()));
    var v6 =
        bytes
            .array(byte[].class)
            .ofSize(16)
            // The JDK turns a mapped address into its IPv4 address, and so do we.
            .filter(b -> !(b[10] == -1 && b[11] == -1));
    return Arbitraries.oneOf(bytes.array(byte[].class).ofSize(4), v6);
  }
}
