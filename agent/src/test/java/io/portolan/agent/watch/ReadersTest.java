package io.portolan.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.TrafficPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ReadersTest {

  private static ServiceBuilder service() {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withClusterIP("10.0.0.1")
        .withClusterIPs("10.0.0.1", "fd00::1")
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withProtocol("TCP")
        .withNodePort(30080)
        .endPort()
        .endSpec();
  }

  @Nested
  class WhenAServiceIsRead {
    @Test
    @DisplayName("its addresses of both families, ports and node ports are kept")
    void all() {
      var reading = ServiceReader.read(service().build());
      assertThat(reading.complaints()).isEmpty();
      assertThat(reading.value())
          .isEqualTo(
              new io.portolan.agent.service.Service(
                  new ServiceName("ns", "web"),
                  List.of(Ip.parse("10.0.0.1"), Ip.parse("fd00::1")),
                  List.of(new ServicePort("http", Protocol.TCP, 80, 30080)),
                  TrafficPolicy.CLUSTER,
                  External.NONE,
                  Affinity.NONE));
    }

    @Test
    @DisplayName("headless and ExternalName Services are none of ours, without a complaint")
    void notServed() {
      Service headless =
          service().editSpec().withClusterIP("None").withClusterIPs("None").endSpec().build();
      Service external =
          service().editSpec().withType("ExternalName").withClusterIPs().endSpec().build();
      assertThat(List.of(headless, external))
          .allSatisfy(
              object -> {
                assertThat(ServiceReader.read(object).value()).isNull();
                assertThat(ServiceReader.read(object).complaints()).isEmpty();
              });
    }

    @Test
    @DisplayName("an address, port or protocol without sense is left out alone, with a reason")
    void nonsense() {
      var reading =
          ServiceReader.read(
              service()
                  .editSpec()
                  .withClusterIPs("10.0.0.1", "10.0.0.x")
                  .addNewPort()
                  .withName("big")
                  .withPort(70000)
                  .endPort()
                  .addNewPort()
                  .withName("odd")
                  .withPort(1)
                  .withProtocol("ICMP")
                  .endPort()
                  .endSpec()
                  .build());
      var value = Objects.requireNonNull(reading.value());
      assertThat(value.clusterIps()).containsExactly(Ip.parse("10.0.0.1"));
      assertThat(value.ports()).extracting(ServicePort::name).containsExactly("http");
      assertThat(reading.complaints())
          .hasSize(3)
          .anySatisfy(complaint -> assertThat(complaint).contains("10.0.0.x"))
          .anySatisfy(complaint -> assertThat(complaint).contains("70000"))
          .anySatisfy(complaint -> assertThat(complaint).contains("ICMP"));
    }
  }

  private static EndpointSliceBuilder slice() {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("web-x")
        .addToLabels("kubernetes.io/service-name", "web")
        .endMetadata()
        .withAddressType("IPv4")
        .addNewPort()
        .withName("http")
        .withPort(8080)
        .withProtocol("TCP")
        .endPort()
        .addNewEndpoint()
        .withAddresses("10.1.0.1", "10.1.0.2")
        .withNodeName("n0")
        .endEndpoint();
  }

  @Nested
  class WhenASliceIsRead {
    @Test
    @DisplayName("an endpoint is its first address, and ready unless it says otherwise")
    void all() {
      var value = ReadersTest.read(slice().build());
      assertThat(value.service()).isEqualTo(new ServiceName("ns", "web"));
      assertThat(value.family()).isEqualTo(IpFamily.IPV4);
      assertThat(value.ports()).containsExactly(new SlicePort("http", Protocol.TCP, 8080));
      assertThat(value.endpoints())
          .containsExactly(
              new SliceEndpoint(
                  Ip.parse("10.1.0.1"), true, true, false, "n0", List.of(), List.of()));
    }

    @Test
    @DisplayName("conditions are read; what is absent means ready, serving and not terminating")
    void conditions() {
      var value =
          ReadersTest.read(
              slice()
                  .withEndpoints()
                  .addNewEndpoint()
                  .withAddresses("10.1.0.1")
                  .withNewConditions()
                  .withReady(false)
                  .withServing(true)
                  .withTerminating(true)
                  .endConditions()
                  .endEndpoint()
                  .addNewEndpoint()
                  .withAddresses("10.1.0.2")
                  .withNewConditions()
                  .withReady(false)
                  .endConditions()
                  .endEndpoint()
                  .build());
      assertThat(value.endpoints())
          .containsExactly(
              new SliceEndpoint(Ip.parse("10.1.0.1"), false, true, true, "", List.of(), List.of()),
              new SliceEndpoint(
                  Ip.parse("10.1.0.2"), false, true, false, "", List.of(), List.of()));
    }

    @Test
    @DisplayName("hints for zones and nodes are kept, and so is that there are none")
    void hints() {
      var value =
          ReadersTest.read(
              slice()
                  .withEndpoints()
                  .addNewEndpoint()
                  .withAddresses("10.1.0.1")
                  .withNewHints()
                  .addNewForZone("z1")
                  .addNewForZone("z2")
                  .addNewForNode("n0")
                  .endHints()
                  .endEndpoint()
                  .addNewEndpoint()
                  .withAddresses("10.1.0.2")
                  .withNewHints()
                  .endHints()
                  .endEndpoint()
                  .build());
      assertThat(value.endpoints())
          .extracting(SliceEndpoint::zones)
          .containsExactly(List.of("z1", "z2"), List.of());
      assertThat(value.endpoints())
          .extracting(SliceEndpoint::nodes)
          .containsExactly(List.of("n0"), List.of());
    }

    @Test
    @DisplayName("a port without a name is the unnamed one; one without a number is left out")
    void ports() {
      var reading =
          SliceReader.read(
              slice()
                  .withPorts()
                  .addNewPort()
                  .withPort(8080)
                  .withProtocol("TCP")
                  .endPort()
                  .addNewPort()
                  .withName("")
                  .withPort(8081)
                  .withProtocol("UDP")
                  .endPort()
                  .addNewPort()
                  .withName("all")
                  .withProtocol("TCP")
                  .endPort()
                  .addNewPort()
                  .withName("zero")
                  .withPort(0)
                  .endPort()
                  .build());
      assertThat(Objects.requireNonNull(reading.value()).ports())
          .containsExactly(
              new SlicePort("", Protocol.TCP, 8080), new SlicePort("", Protocol.UDP, 8081));
      assertThat(reading.complaints()).hasSize(2);
    }

    @Test
    @DisplayName("an endpoint or port without sense is left out alone, with a reason")
    void nonsense() {
      var reading =
          SliceReader.read(
              slice()
                  .addNewEndpoint()
                  .withAddresses("fd01::1")
                  .endEndpoint()
                  .addNewEndpoint()
                  .withAddresses("pod-7")
                  .endEndpoint()
                  .addNewPort()
                  .withName("none")
                  .endPort()
                  .build());
      var value = Objects.requireNonNull(reading.value());
      assertThat(value.endpoints()).hasSize(1);
      assertThat(value.ports()).hasSize(1);
      assertThat(reading.complaints()).hasSize(3);
    }

    @Test
    @DisplayName("a slice without ports and endpoints is empty, whether they are absent or null")
    void empty() {
      EndpointSlice object = slice().build();
      object.setPorts(null);
      object.setEndpoints(null);
      var value = ReadersTest.read(object);
      assertThat(value.ports()).isEmpty();
      assertThat(value.endpoints()).isEmpty();
    }

    @Test
    @DisplayName("slices of names, and of no Service, are none of ours")
    void notServed() {
      assertThat(SliceReader.read(slice().withAddressType("FQDN").build()).value()).isNull();
      assertThat(
              SliceReader.read(slice().editMetadata().withLabels(null).endMetadata().build())
                  .value())
          .isNull();
    }

    @Test
    @DisplayName("the time of the cause is read from the annotation, nonsense there is ignored")
    void trigger() {
      assertThat(SliceReader.trigger(slice().build())).isNull();
      assertThat(SliceReader.trigger(annotated("2026-11-23T20:00:00Z")))
          .isEqualTo(Instant.parse("2026-11-23T20:00:00Z"));
      assertThat(SliceReader.trigger(annotated("yesterday"))).isNull();
    }

    private EndpointSlice annotated(String time) {
      return slice()
          .editMetadata()
          .addToAnnotations("endpoints.kubernetes.io/last-change-trigger-time", time)
          .endMetadata()
          .build();
    }
  }

  @Test
  @DisplayName("a Node gives its InternalIPs in order and its Pod ranges")
  void node() {
    var reading =
        NodeReader.read(
            new NodeBuilder()
                .withNewMetadata()
                .addToLabels("topology.kubernetes.io/zone", "z1")
                .endMetadata()
                .withNewSpec()
                .withPodCIDRs("10.1.0.0/24", "fd01::/64")
                .endSpec()
                .withNewStatus()
                .addNewAddress("192.168.0.5", "InternalIP")
                .addNewAddress("n0", "Hostname")
                .addNewAddress("n0.local", "InternalIP")
                .addNewAddress("fd02::5", "InternalIP")
                .endStatus()
                .build());
    assertThat(reading.complaints()).singleElement().asString().contains("n0.local");
    var value = Objects.requireNonNull(reading.value());
    assertThat(value.internal()).containsExactly(Ip.parse("192.168.0.5"), Ip.parse("fd02::5"));
    assertThat(value.podRanges())
        .containsExactly(Cidr.parse("10.1.0.0/24"), Cidr.parse("fd01::/64"));
    assertThat(value.zone()).isEqualTo("z1");
    assertThat(value.leaving()).isFalse();
  }

  @Test
  @DisplayName("a Node that is deleted, or that the autoscaler is about to delete, is leaving")
  void leaving() {
    var stays = new NodeBuilder().withNewMetadata().withName("n0").endMetadata();
    assertThat(
            leaving(stays.withNewSpec().addNewTaint("NoSchedule", "other", null, null).endSpec()))
        .isFalse();
    assertThat(
            leaving(
                stays
                    .withNewSpec()
                    .addNewTaint("NoSchedule", "ToBeDeletedByClusterAutoscaler", null, "17")
                    .endSpec()))
        .isTrue();
    assertThat(
            leaving(
                stays
                    .withNewSpec()
                    .endSpec()
                    .editMetadata()
                    .withDeletionTimestamp("2026-11-23T20:00:00Z")
                    .endMetadata()))
        .isTrue();
  }

  private static boolean leaving(NodeBuilder node) {
    return Objects.requireNonNull(NodeReader.read(node.build()).value()).leaving();
  }

  private static io.portolan.agent.service.EndpointSlice read(EndpointSlice object) {
    var reading = SliceReader.read(object);
    if (reading.value() == null) {
      throw new AssertionError("not read: " + reading.complaints());
    }
    return reading.value();
  }
}
