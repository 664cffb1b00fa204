package io.portolan.agent.switching;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.TrafficPolicy;
import io.portolan.agent.sync.Change;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The Services of these tests: ten that are used, each TCP (80) and UDP (81) and of both families,
 * and as many more as asked for that only lie there. Number 9's endpoints come and go.
 */
final class Cluster {
  static final String NODE = "a";
  static final int USED = 10;
  static final int CHURNED = 9;

  /** Pods 1 to 6 serve. */
  static final int PODS = 6;

  private static final int FIRST_NODE_PORT = 30_100;

  private Cluster() {}

  /** Whether clients of a Service keep their endpoints. */
  static boolean sticky(int service) {
    return service % 3 == 1;
  }

  /** Whether it has a NodePort for each protocol. */
  static boolean outside(int service) {
    return service % 2 == 0 || service == 7;
  }

  static int port(int service, Protocol protocol, boolean nodePort) {
    int udp = protocol == Protocol.UDP ? 1 : 0;
    return nodePort ? FIRST_NODE_PORT + 2 * service + udp : 80 + udp;
  }

  static String clusterIp(int service, boolean v6) {
    return v6
        ? "fd96::" + Integer.toHexString(0x1000 + service)
        : "10.96." + (service + 10) / 250 + "." + (1 + (service + 10) % 250);
  }

  static String nodeIp(boolean v6) {
    return v6 ? "fd50::1" : "192.168.50.1";
  }

  /** The Pods that may answer for a Service. */
  static Set<String> pods(int service) {
    return Arrays.stream(numbers(service)).mapToObj(n -> "pod" + n).collect(Collectors.toSet());
  }

  private static int[] numbers(int service) {
    return service == CHURNED
        ? new int[] {1, 2, 3, 4}
        : service % 2 == 0 ? new int[] {1, 2, 3} : new int[] {3, 4, 5, 6};
  }

  /**
   * Everything that there is.
   *
   * @param unused how many Services beside the ten
   */
  static List<Change> changes(int unused) {
    var changes = new ArrayList<Change>();
    for (int i = 0; i < USED + unused; i++) {
      boolean used = i < USED;
      var name = new ServiceName("test", "s" + i);
      var ips = new ArrayList<Ip>(List.of(Ip.parse(clusterIp(i, false))));
      if (used) {
        ips.add(Ip.parse(clusterIp(i, true)));
      }
      var service =
          new Service(
              name,
              ips,
              List.of(port("tcp", Protocol.TCP, i), port("udp", Protocol.UDP, i)),
              TrafficPolicy.CLUSTER,
              External.NONE,
              used && sticky(i) ? new Affinity.Timed(600) : Affinity.NONE);
      changes.add(new Change.OfService(name, service));
      changes.add(slice(i, false, numbers(i)));
      if (used) {
        changes.add(slice(i, true, numbers(i)));
      }
    }
    changes.add(
        new Change.OfNode(
            new OwnNode(
                List.of(Ip.parse(nodeIp(false)), Ip.parse(nodeIp(true))),
                List.of(Cidr.parse("10.244.0.0/24"), Cidr.parse("fd44::/64")),
                "",
                false)));
    for (Change.Source source : Change.Source.values()) {
      changes.add(new Change.Listed(source));
    }
    return changes;
  }

  /** The last endpoint of the churned Service comes or goes. */
  static List<Change> churn(boolean there) {
    int[] pods = there ? new int[] {1, 2, 3, 4} : new int[] {1, 2, 3};
    return List.of(slice(CHURNED, false, pods), slice(CHURNED, true, pods));
  }

  private static ServicePort port(String name, Protocol protocol, int service) {
    int nodePort = service < USED && outside(service) ? port(service, protocol, true) : 0;
    return new ServicePort(name, protocol, port(service, protocol, false), nodePort);
  }

  private static Change slice(int service, boolean v6, int... pods) {
    var name = new SliceName("test", "s" + service + (v6 ? "-6" : "-4"));
    var slice =
        new EndpointSlice(
            name,
            new ServiceName("test", "s" + service),
            v6 ? IpFamily.IPV6 : IpFamily.IPV4,
            List.of(
                new SlicePort("tcp", Protocol.TCP, Echo.PORT),
                new SlicePort("udp", Protocol.UDP, Echo.PORT)),
            Arrays.stream(pods)
                .mapToObj(pod -> Ip.parse(Testbed.podIp(pod, v6)))
                .map(ip -> new SliceEndpoint(ip, true, true, false, NODE, List.of(), List.of()))
                .toList());
    return new Change.OfSlice(name, slice, null);
  }
}
