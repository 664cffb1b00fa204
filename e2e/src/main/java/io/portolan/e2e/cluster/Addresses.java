package io.portolan.e2e.cluster;

import java.util.List;

/** The address plan. Both families everywhere; a node's number is its last digit. */
public final class Addresses {
  /** The host's own addresses on the nodes' network; the API server and DNS answer there. */
  public static final String HOST_IPV4 = "10.200.0.1";

  /** See {@link #HOST_IPV4}. */
  public static final String HOST_IPV6 = "fd00:10:200::1";

  /** Port of the API server at {@link #HOST_IPV4}. */
  public static final int API_PORT = 6443;

  /** Ranges of Service addresses, IPv4 first. */
  public static final List<String> SERVICE_RANGES = List.of("10.96.0.0/16", "fd00:10:96::/112");

  /** Ranges that hold all Pod ranges, IPv4 first. */
  public static final List<String> POD_RANGES = List.of("10.244.0.0/16", "fd00:10:244::/56");

  /** Addresses of the Service kube-system/kube-dns, IPv4 first. */
  public static final List<String> DNS = List.of("10.96.0.10", "fd00:10:96::a");

  static final String KUBERNETES_SERVICE = "10.96.0.1";

  private Addresses() {}

  static String nodeIpv4(int number) {
    return "10.200.0." + (10 + number);
  }

  static String nodeIpv6(int number) {
    return "fd00:10:200::" + (10 + number);
  }

  static String podsIpv4(int number) {
    return "10.244." + number + ".0/24";
  }

  static String podsIpv6(int number) {
    return "fd00:10:244:" + number + "::/64";
  }
}
