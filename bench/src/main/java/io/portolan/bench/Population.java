package io.portolan.bench;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The Services of the race: number 0 to size - 1, each with one EndpointSlice. Some, spread over
 * all, are probes: they have one endpoint, so that a connection tells whether a change has arrived.
 * The others have {@code endpoints}.
 *
 * @param size Services
 * @param endpoints of each Service that is no probe
 */
record Population(int size, int endpoints) {
  /** Port of every Service. */
  static final int PORT = 80;

  static final String SERVICES = "10.96.0.0/12";
  static final String BACKENDS = "10.192.0.0/10";
  static final String PODS = "10.128.0.0/9";

  /** Namespaces over which the Services are spread. */
  static final int NAMESPACES = 10;

  static final String PROBE_LABEL = "bench.portolan.io/probe";
  static final String CHANGE_ANNOTATION = "bench.portolan.io/change";

  /** A Service apart from the others, at first without endpoints. */
  static final String BIG = "big";

  static final int BIG_SLICES = 5;
  static final int BIG_SLICE_SIZE = 1000;

  private static final int FIRST_SERVICE = 10 << 24 | 100 << 16;
  private static final int BIG_SERVICE = 10 << 24 | 96 << 16 | 200 << 8;
  private static final int FIRST_BACKEND = 10 << 24 | 192 << 16;
  private static final int BACKEND_MASK = (1 << 20) - 1;
  private static final int FIRST_BIG = 10 << 24 | 208 << 16;
  private static final int FIRST_PROBE = 10 << 24 | 224 << 16;
  private static final int PROBES = 200;

  int probes() {
    return Math.min(PROBES, size);
  }

  /**
   * The number of the Service that is the k-th probe; the first and the last Service are probes.
   */
  int probe(int k) {
    return probes() == 1 ? 0 : (int) ((long) k * (size - 1) / (probes() - 1));
  }

  /** How many probes are among the first so many Services. */
  int probesBelow(int services) {
    return (int) IntStream.range(0, probes()).filter(k -> probe(k) < services).count();
  }

  boolean isProbe(int service) {
    long k = ((long) service * (probes() - 1) + size - 2) / Math.max(1, size - 1);
    return k < probes() && probe((int) k) == service;
  }

  static String namespace(int service) {
    return "bench-" + service % NAMESPACES;
  }

  static String name(int service) {
    return String.format(Locale.ROOT, "s%05d", service);
  }

  static int address(int service) {
    return FIRST_SERVICE + service;
  }

  static int bigAddress() {
    return BIG_SERVICE;
  }

  /** The one endpoint of a probe at its version-th change; every version has another one. */
  static int probeEndpoint(int service, int version) {
    return FIRST_PROBE + service * 32 + version % 32;
  }

  int endpoint(int service, int number, int version) {
    return FIRST_BACKEND + ((version * size + service) * endpoints + number & BACKEND_MASK);
  }

  static int bigEndpoint(int slice, int number) {
    return FIRST_BIG + slice * BIG_SLICE_SIZE + number;
  }

  /** Which slice of the big Service has this endpoint. */
  static int bigSlice(int endpoint) {
    return (endpoint - FIRST_BIG) / BIG_SLICE_SIZE;
  }

  static String service(int service) {
    return service(name(service), namespace(service), address(service));
  }

  static String bigService() {
    return service(BIG, namespace(0), BIG_SERVICE);
  }

  private static String service(String name, String namespace, int address) {
    return """
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "%1$s", "namespace": "%2$s", "labels": {"app": "%1$s"}},
    "spec": {"clusterIP": "%3$s", "ports": [{"name": "http", "port": %4$d, "targetPort": %5$d}]}}"""
        .formatted(name, namespace, dotted(address), PORT, Backend.PORT);
  }

  /** The slice of a probe, marked with the number of a change. */
  static String probeSlice(int service, int version, long change) {
    return slice(
        name(service),
        name(service),
        namespace(service),
        "\"" + PROBE_LABEL + "\": \"yes\", ",
        ", \"annotations\": {\"%s\": \"%d\"}".formatted(CHANGE_ANNOTATION, change),
        endpointJson(probeEndpoint(service, version), name(service), 0));
  }

  /** The slice of a Service that is no probe: its first endpoint and the others can be replaced. */
  String slice(int service, int firstVersion, int restVersion) {
    String list =
        IntStream.range(0, endpoints)
            .mapToObj(
                n ->
                    endpointJson(
                        endpoint(service, n, n == 0 ? firstVersion : restVersion),
                        name(service),
                        n))
            .collect(Collectors.joining(",\n"));
    return slice(name(service), name(service), namespace(service), "", "", list);
  }

  static String bigSlice(String name, int slice) {
    String list =
        IntStream.range(0, BIG_SLICE_SIZE)
            .mapToObj(n -> endpointJson(bigEndpoint(slice, n), BIG, n))
            .collect(Collectors.joining(",\n"));
    return slice(name, BIG, namespace(0), "", "", list);
  }

  private static String slice(
      String name, String service, String namespace, String label, String more, String list) {
    return """
    {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "%1$s", "namespace": "%2$s",
    "labels": {%3$s"kubernetes.io/service-name": "%4$s", "endpointslice.kubernetes.io/managed-by": "bench"}%5$s},
    "addressType": "IPv4", "ports": [{"name": "http", "port": %6$d, "protocol": "TCP"}], "endpoints": [
    %7$s]}"""
        .formatted(name, namespace, label, service, more, Backend.PORT, list);
  }

  /** With what the controller of a real cluster writes. */
  private static String endpointJson(int address, String pod, int number) {
    return """
    {"addresses": ["%s"], "conditions": {"ready": true, "serving": true, "terminating": false}, "nodeName": "elsewhere", \
    "zone": "zone-a", "targetRef": {"kind": "Pod", "namespace": "default", "name": "%s-%08x-%d", \
    "uid": "00000000-0000-4000-8000-0000%08x"}}"""
        .formatted(dotted(address), pod, address, number, address);
  }

  static String dotted(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + "."
        + (address >>> 8 & 255)
        + "."
        + (address & 255);
  }
}
