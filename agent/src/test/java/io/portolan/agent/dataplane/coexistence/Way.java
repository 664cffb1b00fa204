package io.portolan.agent.dataplane.coexistence;

import static io.portolan.agent.dataplane.coexistence.Traffic.REFUSED;
import static io.portolan.agent.dataplane.coexistence.Traffic.answer;
import static io.portolan.agent.dataplane.coexistence.Traffic.bridge;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import org.assertj.core.api.Assertions;

/** Who asks which of the Services of {@link Services}. */
enum Way {
  POD_TO_CLUSTER_IP,
  OUTSIDE_TO_NODE_PORT,
  NODE_TO_CLUSTER_IP,
  POD_TO_ITSELF,
  POD_TO_NO_ENDPOINTS,
  OUTSIDE_TO_NO_ENDPOINTS,
  NODE_TO_NO_ENDPOINTS;

  /** Those that are forwarded to a Pod. */
  static final Set<Way> FORWARDED = Set.of(POD_TO_CLUSTER_IP, OUTSIDE_TO_NODE_PORT, POD_TO_ITSELF);

  /** Three Pods, and a node that tells each refusal, however many there are in a second. */
  static Testbed testbed() {
    var bed = new Testbed(3);
    bed.node().exec("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0");
    return bed;
  }

  /**
   * Sends a packet each way, with both protocols and both families.
   *
   * @param endpoint the Pod behind {@code Services.web}
   * @param silent ways on which nothing comes back; the others work as if we were alone
   */
  static void all(Testbed bed, int endpoint, Collection<Way> silent) {
    some(bed, endpoint, List.of(values()), silent);
  }

  /** The same, but only these ways. */
  static void some(Testbed bed, int endpoint, Collection<Way> ways, Collection<Way> silent) {
    var expected = new TreeMap<String, String>();
    var found = new ConcurrentSkipListMap<String, String>();
    // At once, for silence takes its time.
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Way way : ways) {
        for (boolean v6 : List.of(false, true)) {
          for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
            String name = way + " " + protocol + (v6 ? " IPv6" : " IPv4");
            String right = silent.contains(way) ? Traffic.SILENCE : way.right(endpoint, v6);
            expected.put(name, right);
            threads.execute(() -> found.put(name, way.ask(bed, endpoint, protocol, v6, right)));
          }
        }
      }
    }
    Assertions.assertThat(different(found, expected)).isEqualTo(different(expected, found));
  }

  /** Only what differs, so that a failure can be read. */
  private static List<String> different(Map<String, String> some, Map<String, String> others) {
    var lines = new ArrayList<String>();
    some.forEach(
        (name, value) -> {
          if (!value.equals(others.get(name))) {
            lines.add(name + ": " + value);
          }
        });
    return lines;
  }

  String ask(Testbed bed, int endpoint, Protocol protocol, boolean v6, String expected) {
    return switch (this) {
      case POD_TO_CLUSTER_IP -> web(bed.pod(3), protocol, v6, expected);
      case NODE_TO_CLUSTER_IP -> web(bed.node(), protocol, v6, expected);
      case POD_TO_ITSELF -> web(bed.pod(endpoint), protocol, v6, expected);
      case OUTSIDE_TO_NODE_PORT ->
          Traffic.ask(bed.client(), protocol, Traffic.node(v6), Services.WEB_NODE_PORT, expected);
      case OUTSIDE_TO_NO_ENDPOINTS ->
          Traffic.ask(bed.client(), protocol, Traffic.node(v6), Services.NONE_NODE_PORT, expected);
      case POD_TO_NO_ENDPOINTS ->
          Traffic.ask(bed.pod(3), protocol, Services.clusterIp("none", v6), 80, expected);
      case NODE_TO_NO_ENDPOINTS ->
          Traffic.ask(bed.node(), protocol, Services.clusterIp("none", v6), 80, expected);
    };
  }

  private static String web(NetworkNamespace from, Protocol protocol, boolean v6, String expected) {
    return Traffic.ask(from, protocol, Services.clusterIp("web", v6), 80, expected);
  }

  private String right(int endpoint, boolean v6) {
    return switch (this) {
      case POD_TO_CLUSTER_IP -> answer(endpoint, Traffic.pod(3, v6));
      case NODE_TO_CLUSTER_IP, OUTSIDE_TO_NODE_PORT, POD_TO_ITSELF -> answer(endpoint, bridge(v6));
      case POD_TO_NO_ENDPOINTS, OUTSIDE_TO_NO_ENDPOINTS, NODE_TO_NO_ENDPOINTS -> REFUSED;
    };
  }
}
