package io.portolan.agent.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An address range")
class CidrTest {
  @ParameterizedTest(name = "{0} has {1}: {2}")
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3/8, 10.200.0.1, true",
    "0.0.0.0/0, 255.1.2.3, true",
    "10.0.0.1/32, 10.0.0.1, true",
    "10.0.0.1/32, 10.0.0.0, false",
    "128.0.0.0/1, 127.255.255.255, false",
    "0.0.0.0/0, ::1, false",
    "::/0, 10.0.0.1, false",
    "::/0, ffff::1, true",
    "fd00::/64, fd00::ffff:0:0:1, true",
    "fd00::/64, fd00:0:0:1::, false",
    "fd00::/65, fd00::7fff:0:0:1, true",
    "fd00::/65, fd00::8000:0:0:1, false",
    "fd00::1/128, fd00::1, true",
    "fd00::1/128, fd00::, false"
  })
  @DisplayName("contains the addresses that share its prefix, and none of the other family")
  void contains(String range, String ip, boolean inside) {
    assertThat(Cidr.parse(range).contains(Ip.parse(ip))).isEqualTo(inside);
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(
      strings = {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "x/8", "/8"})
  @DisplayName("is refused when address or prefix length are none")
  void refused(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 500)
  void agreesWithArithmetic(
      @ForAll @Size(16) byte[] base,
      @ForAll @IntRange(max = 128) int prefix,
      @ForAll @IntRange(max = 127) int flipped) {
    var range = new Cidr(Ip.of(base), prefix);
    var other = new BigInteger(1, base).flipBit(flipped);
    byte[] bytes = new byte[16];
    for (int i = 0; i < 16; i++) {
      bytes[15 - i] = other.shiftRight(8 * i).byteValue();
    }
    assertThat(range.contains(Ip.of(base))).isTrue();
    assertThat(range.contains(Ip.of(bytes))).isEqualTo(flipped < 128 - prefix);
  }
}
