package io.portolan.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.Waiting;
import io.portolan.e2e.install.KernelView;
import io.portolan.e2e.install.SampleApp;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/**
 * A Service whose endpoints change all the time while every Pod behind it lives on: a connection
 * that fails is then the proxy's fault.
 */
final class Churn {
  private static final String NAME = "churn";

  private final Cluster cluster;
  private final List<Pod> pods;
  private final Random random = new Random(42);
  private final String address;
  private List<Pod> last = List.of();

  Churn(Cluster cluster, List<Pod> pods) {
    this.cluster = cluster;
    this.pods = pods;
    var service =
        cluster
            .client()
            .resource(
                new ServiceBuilder()
                    .withNewMetadata()
                    .withName(NAME)
                    .withNamespace(SampleApp.NAMESPACE)
                    .endMetadata()
                    .withNewSpec()
                    .addNewPort()
                    .withName("http")
                    .withPort(80)
                    .withProtocol("TCP")
                    .endPort()
                    .endSpec()
                    .build())
            .create();
    address = service.getSpec().getClusterIP();
    write(pods);
    settled();
  }

  List<String> targets() {
    return List.of(SampleApp.target(address, 80));
  }

  /** Writes so many EndpointSlices, each with another choice of at least one Pod. */
  void change(int times) {
    for (int i = 0; i < times; i++) {
      List<Pod> choice = last;
      while (choice.equals(last)) {
        int chosen = 1 + random.nextInt((1 << pods.size()) - 1);
        choice = pods.stream().filter(p -> (chosen >> pods.indexOf(p) & 1) == 1).toList();
      }
      write(choice);
    }
  }

  /** Waits until every kernel sends to the Pods of the last write and to no other. */
  void settled() {
    Waiting.on("the last endpoints of " + NAME + " in every kernel", Duration.ofSeconds(30))
        .until(
            () ->
                cluster.nodes().stream()
                        .allMatch(
                            n ->
                                new KernelView(n).endpointCount("ip", "demo/churn:http")
                                    == last.size())
                    ? Optional.empty()
                    : Optional.of("not " + last.size() + " endpoints everywhere"));
  }

  private void write(List<Pod> choice) {
    last = choice;
    EndpointSlice slice =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withName(NAME + "-1")
            .withNamespace(SampleApp.NAMESPACE)
            .addToLabels("kubernetes.io/service-name", NAME)
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(8080)
            .withProtocol("TCP")
            .endPort()
            .withEndpoints(
                choice.stream()
                    .map(
                        pod ->
                            new EndpointBuilder()
                                .withAddresses(Objects.requireNonNull(pod.getStatus().getPodIP()))
                                .withNodeName(pod.getSpec().getNodeName())
                                .withNewConditions()
                                .withReady(true)
                                .endConditions()
                                .build())
                    .toList())
            .build();
    cluster.client().resource(slice).forceConflicts().serverSideApply();
  }
}
