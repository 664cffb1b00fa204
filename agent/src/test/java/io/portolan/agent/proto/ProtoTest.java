package io.portolan.agent.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes made here; those of a real API server are in ObjectStreamTest. */
@Timeout(60)
@DisplayName("Protobuf")
class ProtoTest {
  private static final ObjectProto<EndpointSlice> SLICES =
      ObjectProto.slices(Set.of("kept"), Set.of("noted"));

  private static Bytes slice(Bytes empty) {
    var meta =
        empty
            .inner()
            .text(1, "name")
            .text(3, "namespace")
            .text(6, "17")
            .entry(11, "kept", "label")
            .entry(11, "other", "x")
            .entry(12, "noted", "ä")
            .entry(12, "other", "x".repeat(500))
            .text(17, "managed");
    var conditions = empty.inner().number(1, 0).number(2, 1);
    var hints = empty.inner().message(1, empty.inner().text(1, "z1"));
    var endpoint =
        empty
            .inner()
            .text(1, "10.1.0.1")
            .text(1, "10.1.0.2")
            .message(2, conditions)
            .text(6, "n0")
            .message(8, hints);
    return empty
        .message(1, meta)
        .message(2, endpoint)
        .message(3, empty.inner().text(1, "").number(3, -1))
        .text(4, "IPv4");
  }

  private static byte[] event(Bytes empty) {
    var unknown =
        empty
            .inner()
            .message(1, empty.inner().text(1, "discovery.k8s.io/v1").text(2, "EndpointSlice"))
            .message(2, slice(empty.inner()))
            .text(3, "")
            .text(4, "");
    byte[] inside = unknown.array();
    byte[] raw = "k8s\0".getBytes(StandardCharsets.US_ASCII);
    byte[] enveloped = Arrays.copyOf(raw, raw.length + inside.length);
    System.arraycopy(inside, 0, enveloped, raw.length, inside.length);
    return empty.text(1, "ADDED").message(2, empty.inner().bytes(1, enveloped)).array();
  }

  private static EndpointSlice read(byte[] event, int length) {
    return SLICES.read(WatchEvent.read(event, 0, length, "EndpointSlice").object());
  }

  @Test
  @DisplayName("what is wanted is read, and what is absent is null")
  void wanted() {
    byte[] event = event(Bytes.plain());
    EndpointSlice slice = read(event, event.length);
    assertThat(slice.getMetadata().getNamespace()).isEqualTo("namespace");
    assertThat(slice.getMetadata().getResourceVersion()).isEqualTo("17");
    assertThat(slice.getMetadata().getLabels()).containsOnly(Map.entry("kept", "label"));
    assertThat(slice.getMetadata().getAnnotations()).containsOnly(Map.entry("noted", "ä"));
    assertThat(slice.getAddressType()).isEqualTo("IPv4");
    assertThat(slice.getPorts())
        .singleElement()
        .satisfies(
            port -> {
              assertThat(port.getName()).isEmpty();
              assertThat(port.getProtocol()).isNull();
              assertThat(port.getPort()).isEqualTo(-1);
            });
    assertThat(slice.getEndpoints())
        .singleElement()
        .satisfies(
            endpoint -> {
              assertThat(endpoint.getAddresses()).containsExactly("10.1.0.1", "10.1.0.2");
              assertThat(endpoint.getConditions().getReady()).isFalse();
              assertThat(endpoint.getConditions().getServing()).isTrue();
              assertThat(endpoint.getConditions().getTerminating()).isNull();
              assertThat(endpoint.getHints().getForZones())
                  .extracting(zone -> zone.getName())
                  .containsExactly("z1");
            });
  }

  @Property(tries = 300)
  @Label("unknown fields of every wire type are left out, wherever they are")
  void unknown(@ForAll long seed) {
    byte[] plain = event(Bytes.plain());
    byte[] noisy = event(Bytes.noisy(new Random(seed)));
    assertThat(read(noisy, noisy.length)).isEqualTo(read(plain, plain.length));
  }

  @Test
  @DisplayName("bytes that end too early are an error at every length, never an endless loop")
  void cutOff() {
    byte[] event = event(Bytes.plain());
    for (int length = 0; length < event.length; length++) {
      byte[] cut = Arrays.copyOf(event, length);
      int end = length;
      assertThatExceptionOfType(ProtoException.class)
          .as("%s of %s bytes", length, event.length)
          .isThrownBy(() -> read(cut, end))
          .withMessageMatching(".*(WatchEvent|RawExtension|Unknown|EndpointSlice).*");
    }
  }

  @Property(tries = 2000)
  @Label("bytes that are changed anywhere are read or refused, and nothing else happens")
  void changed(@ForAll long seed) {
    var random = new Random(seed);
    byte[] event = event(random.nextBoolean() ? Bytes.plain() : Bytes.noisy(random));
    for (int i = random.nextInt(4); i >= 0; i--) {
      event[random.nextInt(event.length)] = (byte) random.nextInt();
    }
    try {
      read(event, event.length);
    } catch (ProtoException e) {
      assertThat(e).hasMessageContaining(" ");
    }
  }

  @Test
  @DisplayName("an error names the message and the field")
  void names() {
    byte[] number = Bytes.plain().message(1, Bytes.plain().number(6, 5)).array();
    assertThatExceptionOfType(ProtoException.class)
        .isThrownBy(() -> SLICES.read(new ProtoReader(number, 0, number.length, "EndpointSlice")))
        .withMessage("ObjectMeta, field 6: wire type 0 in place of 2");
    byte[] long11 = new byte[12];
    Arrays.fill(long11, (byte) 0xff);
    long11[0] = 4 << 3;
    assertThatExceptionOfType(ProtoException.class)
        .isThrownBy(() -> SLICES.read(new ProtoReader(long11, 0, 12, "EndpointSlice")))
        .withMessageStartingWith("EndpointSlice, field 4: wire type 0");
    byte[] zero = {0, 0};
    assertThatExceptionOfType(ProtoException.class)
        .isThrownBy(() -> SLICES.read(new ProtoReader(zero, 0, 2, "EndpointSlice")))
        .withMessage("EndpointSlice: 0 is no number of a field");
  }

  @Test
  @DisplayName("a page of a list has items, a version, and what to ask for the next page with")
  void page() {
    var list =
        Bytes.plain()
            .message(1, Bytes.plain().text(2, "99").text(3, "next"))
            .message(2, slice(Bytes.plain()))
            .message(2, slice(Bytes.plain()));
    byte[] inside = Bytes.plain().message(2, list).array();
    byte[] answer = new byte[inside.length + 4];
    System.arraycopy("k8s\0".getBytes(StandardCharsets.US_ASCII), 0, answer, 0, 4);
    System.arraycopy(inside, 0, answer, 4, inside.length);
    ListPage page = ListPage.read(answer, "EndpointSlice");
    assertThat(page.items()).hasSize(2);
    assertThat(page.version()).isEqualTo("99");
    assertThat(page.more()).isEqualTo("next");
    answer[0] = '{';
    assertThatExceptionOfType(ProtoException.class)
        .isThrownBy(() -> ListPage.read(answer, "EndpointSlice"))
        .withMessageContaining("EndpointSliceList does not begin as it should");
  }
}
