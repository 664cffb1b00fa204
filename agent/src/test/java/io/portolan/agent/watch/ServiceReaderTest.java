package io.portolan.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.TrafficPolicy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("When a Service is read")
class ServiceReaderTest {
  private static ServiceBuilder balanced() {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withType("LoadBalancer")
        .withClusterIP("10.0.0.1")
        .withClusterIPs("10.0.0.1", "fd00::1")
        .addNewPort()
        .withPort(80)
        .withProtocol("TCP")
        .endPort()
        .endSpec();
  }

  private static Service read(ServiceBuilder object) {
    var reading = ServiceReader.read(object.build());
    assertThat(reading.complaints()).isEmpty();
    return Objects.requireNonNull(reading.value());
  }

  private static External external(ServiceBuilder object) {
    return read(object).external();
  }

  @Test
  @DisplayName("policies are Cluster unless it says Local, each for itself")
  void policies() {
    assertThat(read(balanced()).internalPolicy()).isEqualTo(TrafficPolicy.CLUSTER);
    assertThat(external(balanced()).policy()).isEqualTo(TrafficPolicy.CLUSTER);
    var internal = balanced().editSpec().withInternalTrafficPolicy("Local").endSpec();
    assertThat(read(internal).internalPolicy()).isEqualTo(TrafficPolicy.LOCAL);
    assertThat(external(internal).policy()).isEqualTo(TrafficPolicy.CLUSTER);
    var external = balanced().editSpec().withExternalTrafficPolicy("Local").endSpec();
    assertThat(read(external).internalPolicy()).isEqualTo(TrafficPolicy.CLUSTER);
    assertThat(external(external).policy()).isEqualTo(TrafficPolicy.LOCAL);
  }

  @Test
  @DisplayName("external IPs of both families are kept; one that is no address is left out alone")
  void externalIps() {
    assertThat(
            external(balanced().editSpec().withExternalIPs("192.0.2.7", "2001:db8::7").endSpec())
                .externalIps())
        .containsExactly(Ip.parse("192.0.2.7"), Ip.parse("2001:db8::7"));
    var reading =
        ServiceReader.read(
            balanced().editSpec().withExternalIPs("192.0.2.300", "192.0.2.7").endSpec().build());
    assertThat(Objects.requireNonNull(reading.value()).external().externalIps())
        .containsExactly(Ip.parse("192.0.2.7"));
    assertThat(reading.complaints()).singleElement().asString().contains("192.0.2.300");
  }

  @Test
  @DisplayName("load balancer IPs are those that packets carry: ipMode VIP or none, no names")
  void loadBalancerIps() {
    var object =
        balanced()
            .withNewStatus()
            .withNewLoadBalancer()
            .addNewIngress()
            .withIp("192.0.2.1")
            .endIngress()
            .addNewIngress()
            .withIp("2001:db8::1")
            .withIpMode("VIP")
            .endIngress()
            .addNewIngress()
            .withIp("192.0.2.3")
            .withIpMode("Proxy")
            .endIngress()
            .addNewIngress()
            .withHostname("lb.example")
            .endIngress()
            .endLoadBalancer()
            .endStatus();
    assertThat(external(object).loadBalancerIps())
        .containsExactly(Ip.parse("192.0.2.1"), Ip.parse("2001:db8::1"));
  }

  @Test
  @DisplayName("source ranges are kept without the blanks around them; nonsense is left out alone")
  void sourceRanges() {
    var object =
        balanced()
            .editSpec()
            .withLoadBalancerSourceRanges(" 192.0.2.0/24", "2001:db8::/32 ", "everyone")
            .endSpec();
    var reading = ServiceReader.read(object.build());
    assertThat(Objects.requireNonNull(reading.value()).external().sourceRanges())
        .containsExactly(Cidr.parse("192.0.2.0/24"), Cidr.parse("2001:db8::/32"));
    assertThat(reading.complaints()).singleElement().asString().contains("everyone");
  }

  @ParameterizedTest(name = "type {0}, external policy {1}, port {2}: {3}")
  @CsvSource({
    "LoadBalancer,Local,30999,30999",
    "LoadBalancer,Cluster,30999,0",
    "LoadBalancer,,30999,0",
    "NodePort,Local,30999,0",
    "ClusterIP,,30999,0",
    "LoadBalancer,Local,0,0",
    "LoadBalancer,Local,,0"
  })
  @DisplayName("only a Service of type LoadBalancer with external policy Local has a health check")
  void healthCheck(String type, @Nullable String policy, @Nullable Integer port, int expected) {
    var object =
        balanced()
            .editSpec()
            .withType(type)
            .withExternalTrafficPolicy(policy)
            .withHealthCheckNodePort(port)
            .endSpec();
    assertThat(external(object).healthCheckNodePort()).isEqualTo(expected);
  }

  private static ServiceBuilder sticky(@Nullable Integer seconds) {
    return balanced()
        .editSpec()
        .withSessionAffinity("ClientIP")
        .withNewSessionAffinityConfig()
        .withNewClientIP(seconds)
        .endSessionAffinityConfig()
        .endSpec();
  }

  private static ServiceBuilder annotated(ServiceBuilder object, String timeout) {
    return object
        .editMetadata()
        .addToAnnotations("portolan.io/affinity-timeout", timeout)
        .endMetadata();
  }

  @Test
  @DisplayName("affinity has the Service's time, unless that is what the API server fills in")
  void affinity() {
    assertThat(read(balanced()).affinity()).isEqualTo(Affinity.NONE);
    assertThat(read(balanced().editSpec().withSessionAffinity("None").endSpec()).affinity())
        .isEqualTo(Affinity.NONE);
    assertThat(read(sticky(60)).affinity()).isEqualTo(new Affinity.Timed(60));
    assertThat(read(sticky(10_800)).affinity()).isEqualTo(Affinity.UNTIMED);
    assertThat(read(sticky(null)).affinity()).isEqualTo(Affinity.UNTIMED);
    assertThat(read(balanced().editSpec().withSessionAffinity("ClientIP").endSpec()).affinity())
        .isEqualTo(Affinity.UNTIMED);
  }

  @Test
  @DisplayName("the annotation's time wins over the Service's, and means three hours if it says so")
  void annotation() {
    assertThat(read(annotated(sticky(60), "90s")).affinity()).isEqualTo(new Affinity.Timed(90));
    assertThat(read(annotated(sticky(10_800), "3h")).affinity())
        .isEqualTo(new Affinity.Timed(10_800));
    assertThat(read(annotated(sticky(60), "24h")).affinity()).isEqualTo(new Affinity.Timed(86_400));
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(strings = {"soon", "", "90", "0s", "500ms", "24h1s", "-30s"})
  @DisplayName("an annotation without sense is left out, with its name and what to write instead")
  void badAnnotation(String timeout) {
    var reading = ServiceReader.read(annotated(sticky(60), timeout).build());
    assertThat(Objects.requireNonNull(reading.value()).affinity())
        .isEqualTo(new Affinity.Timed(60));
    assertThat(reading.complaints())
        .containsExactly(
            "annotation portolan.io/affinity-timeout: \""
                + timeout
                + "\" is not a duration from 1s to 24h; write one such as 30s or 1h30m");
  }

  @Test
  @DisplayName("an annotation on a Service without affinity changes nothing, and is told")
  void annotationWithoutAffinity() {
    var reading = ServiceReader.read(annotated(balanced(), "30s").build());
    assertThat(Objects.requireNonNull(reading.value()).affinity()).isEqualTo(Affinity.NONE);
    assertThat(reading.complaints())
        .singleElement()
        .asString()
        .contains("portolan.io/affinity-timeout")
        .contains("spec.sessionAffinity ClientIP");
  }

  @Test
  @DisplayName("a Service without anything external costs nothing for it")
  void nothingExternal() {
    assertThat(external(balanced())).isSameAs(External.NONE);
    assertThat(external(balanced().editSpec().withExternalIPs(List.of()).endSpec()))
        .isSameAs(External.NONE);
  }
}
