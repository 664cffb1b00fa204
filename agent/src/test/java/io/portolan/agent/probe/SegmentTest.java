package io.portolan.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.kernel.Mac;
import io.portolan.agent.service.Ip;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("TCP segments")
class SegmentTest {
  private static final Mac TO = new Mac(0x02706f727430L);
  private static final Mac FROM = new Mac(0x02706f727432L);

  private static Segment syn(String source, String destination) {
    return Segment.syn(Ip.parse(source), 40000, Ip.parse(destination), 80, 0x01020304);
  }

  private static Segment answer(Segment to, int flags, int acknowledgement) {
    return new Segment(
        /* source= */ to.destination(),
        /* sourcePort= */ to.destinationPort(),
        /* destination= */ to.source(),
        /* destinationPort= */ to.sourcePort(),
        7,
        acknowledgement,
        flags);
  }

  @Test
  @DisplayName("the checksum is that of the example in RFC 1071")
  void checksum() {
    byte[] example = HexFormat.of().parseHex("0001f203f4f5f6f7");
    assertThat(Segment.checksum(example)).isEqualTo(~0xddf2 & 0xffff);
  }

  @Test
  @DisplayName("an IPv4 frame is, byte by byte, what other implementations make of it")
  void ipv4() {
    byte[] frame = syn("169.254.213.87", "10.96.0.10").frame(TO, FROM);
    String hex = HexFormat.of().formatHex(frame);
    assertThat(hex)
        .startsWith("02706f727430" + "02706f727432" + "0800" + "45000028" + "00004000" + "4006")
        .contains("a9fed557" + "0a60000a" + "9c400050" + "01020304" + "00000000" + "5002faf0");
    assertThat(frame).hasSize(54);
    // A header with its checksum in it sums up to nothing.
    assertThat(Segment.checksum(Arrays.copyOfRange(frame, 14, 34))).isZero();
  }

  @ParameterizedTest
  @CsvSource({"169.254.213.87, 10.96.0.10", "2001:2:0:d557::57, fd96::99"})
  @DisplayName("the sum over pseudo-header and segment is right, and what is written can be read")
  void round(String source, String destination) {
    Segment syn = syn(source, destination);
    byte[] frame = syn.frame(TO, FROM);
    byte[] from = syn.source().bytes();
    byte[] pseudo = new byte[2 * from.length + 4 + 20];
    System.arraycopy(from, 0, pseudo, 0, from.length);
    System.arraycopy(syn.destination().bytes(), 0, pseudo, from.length, from.length);
    pseudo[2 * from.length + 1] = 6;
    pseudo[2 * from.length + 3] = 20;
    System.arraycopy(frame, frame.length - 20, pseudo, 2 * from.length + 4, 20);
    assertThat(Segment.checksum(pseudo)).isZero();
    assertThat(Segment.parse(frame)).isEqualTo(syn);
  }

  @Test
  @DisplayName("an answer is one with the addresses and ports turned and the number acknowledged")
  void answers() {
    Segment syn = syn("169.254.213.87", "10.96.0.10");
    Segment taken = answer(syn, Segment.SYN | Segment.ACK, 0x01020305);
    assertThat(taken.answers(syn)).isTrue();
    assertThat(taken.accepts()).isTrue();
    Segment refused = answer(syn, Segment.RST | Segment.ACK, 0x01020305);
    assertThat(refused.answers(syn)).isTrue();
    assertThat(refused.accepts()).isFalse();
    assertThat(answer(syn, Segment.SYN | Segment.ACK, 0x01020306).answers(syn)).isFalse();
    assertThat(syn.answers(syn)).isFalse();
    assertThat(taken.answers(syn("169.254.213.87", "10.96.0.11"))).isFalse();
    assertThat(syn.reset().sequence()).isEqualTo(0x01020305);
    assertThat(syn.reset().flags()).isEqualTo(Segment.RST);
  }

  @Test
  @DisplayName("a frame that is cut, or no TCP, is none")
  void strange() {
    byte[] v4 = syn("169.254.213.87", "10.96.0.10").frame(TO, FROM);
    byte[] v6 = syn("2001:2:0:d557::57", "fd96::99").frame(TO, FROM);
    for (byte[] frame : new byte[][] {v4, v6}) {
      IntStream.range(0, frame.length)
          .forEach(cut -> assertThat(Segment.parse(Arrays.copyOf(frame, cut))).isNull());
    }
    v4[14 + 9] = 17;
    v6[14 + 6] = 17;
    assertThat(Segment.parse(v4)).isNull();
    assertThat(Segment.parse(v6)).isNull();
    assertThat(Segment.parse(new byte[60])).isNull();
  }
}
