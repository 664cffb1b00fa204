package io.portolan.e2e.demo;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Notes when the API first showed an endpoint of a Service as ready. */
final class ReadyTimes implements AutoCloseable, ResourceEventHandler<EndpointSlice> {
  private final Map<String, Long> first = new ConcurrentHashMap<>();
  private final SharedIndexInformer<EndpointSlice> informer;

  ReadyTimes(KubernetesClient client, String namespace, String service) {
    informer =
        client
            .discovery()
            .v1()
            .endpointSlices()
            .inNamespace(namespace)
            .withLabel("kubernetes.io/service-name", service)
            .inform(this);
  }

  /** When the API first showed this address as ready, by {@link System#nanoTime}. */
  long at(String address) {
    return Objects.requireNonNull(first.get(address), () -> address + " never became ready");
  }

  @Override
  public void onAdd(EndpointSlice slice) {
    for (Endpoint endpoint : slice.getEndpoints()) {
      if (Boolean.TRUE.equals(endpoint.getConditions().getReady())) {
        first.putIfAbsent(endpoint.getAddresses().getFirst(), System.nanoTime());
      }
    }
  }

  @Override
  public void onUpdate(EndpointSlice old, EndpointSlice slice) {
    onAdd(slice);
  }

  @Override
  public void onDelete(EndpointSlice slice, boolean unknownFinalState) {}

  @Override
  public void close() {
    informer.close();
  }
}
