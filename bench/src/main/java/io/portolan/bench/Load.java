package io.portolan.bench;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Writes a population, and changes of it, through the API. */
final class Load {
  private final Api api;
  private final Population population;

  Load(Api api, Population population) {
    this.api = api;
    this.population = population;
  }

  /** Namespaces, the Node and the Service apart. */
  void basis() {
    for (int n = 0; n < Population.NAMESPACES; n++) {
      api.create(
          "/api/v1/namespaces",
          "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"%s\"}}"
              .formatted(Population.namespace(n)));
    }
    api.create(
        "/api/v1/nodes",
        """
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"},
         "spec": {"podCIDR": "10.128.1.0/24", "podCIDRs": ["10.128.1.0/24"]}}""");
    api.replace(
        "/api/v1/nodes/n1/status",
        """
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"},
         "status": {"addresses": [{"type": "InternalIP", "address": "%s"}]}}"""
            .formatted(Testbed.NODE));
    api.create(services(0), Population.bigService());
  }

  /** Services from one number to before another, with their slices. */
  void services(int from, int to) {
    inParallel(
        from,
        to,
        service -> {
          api.create(services(service), Population.service(service));
          api.create(slices(service), slice(service, 0, 0));
        });
  }

  /** Changes the one endpoint of a probe. */
  void changeProbe(int service, int version, long change) {
    api.replace(
        slices(service) + "/" + Population.name(service),
        Population.probeSlice(service, version, change));
  }

  /** Replaces one of the endpoints of a Service that is no probe. */
  void changeOne(int service, int version) {
    api.replace(slices(service) + "/" + Population.name(service), slice(service, version, 0));
  }

  /** Replaces all endpoints of a Service. */
  void changeAll(int service, int version) {
    api.replace(slices(service) + "/" + Population.name(service), slice(service, version, version));
  }

  void bigSlice(int slice) {
    api.create(slices(0), Population.bigSlice("big-" + slice, slice));
  }

  /** Deletes every Service, one by one, but in etcd itself; their slices stay. */
  void deleteServices() {
    inParallel(
        0,
        population.size(),
        service ->
            api.deleteFromEtcd(
                "/registry/services/specs/%s/%s"
                    .formatted(Population.namespace(service), Population.name(service))));
  }

  private String slice(int service, int firstVersion, int restVersion) {
    return population.isProbe(service)
        ? Population.probeSlice(service, restVersion, -1)
        : population.slice(service, firstVersion, restVersion);
  }

  private static String services(int service) {
    return "/api/v1/namespaces/" + Population.namespace(service) + "/services";
  }

  private static String slices(int service) {
    return "/apis/discovery.k8s.io/v1/namespaces/"
        + Population.namespace(service)
        + "/endpointslices";
  }

  /** Does something for each number, some at a time. */
  static void inParallel(int from, int to, IntConsumer work) {
    int workers = 24;
    var next = new AtomicInteger(from);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all =
          IntStream.range(0, workers)
              .<Future<?>>mapToObj(
                  w ->
                      threads.submit(
                          () -> {
                            for (int n = next.getAndIncrement();
                                n < to;
                                n = next.getAndIncrement()) {
                              work.accept(n);
                            }
                          }))
              .toList();
      for (Future<?> each : all) {
        each.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    } catch (ExecutionException e) {
      throw new BenchException("a write failed: " + e.getCause(), e);
    }
  }
}
