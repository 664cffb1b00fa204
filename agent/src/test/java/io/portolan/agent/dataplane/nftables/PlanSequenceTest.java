package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/** Whatever the way to a plan was, the kernel ends up with the same. */
class PlanSequenceTest {
  private static final Pattern ELEMENTS =
      Pattern.compile("(?:map|set) (\\S+) \\{[^}]*?elements = \\{([^}]*)\\}");
  private static final NetworkNamespace node = NetworkNamespace.create("sequence");
  private static final NftablesDataplane dataplane = node.call(NftablesDataplane::open);

  @AfterContainer
  static void close() {
    dataplane.close();
    node.close();
  }

  @Property(tries = 25)
  void deltasEndWhereAFreshBuildEnds(@ForAll long seed) {
    var random = new Random(seed);
    Plan plan = plan(random);
    dataplane.remove();
    dataplane.replace(plan, Doors.OPEN);
    for (int i = 0; i < 8; i++) {
      Plan next = plan(random);
      dataplane.apply(delta(plan, next));
      plan = next;
    }
    String byDeltas = kernel();
    try (var other = node.call(NftablesDataplane::open)) {
      assertThat(other.replace(plan, Doors.OPEN)).isEqualTo(new Audit(0, 0, 0));
    }
    dataplane.remove();
    dataplane.replace(plan, Doors.OPEN);
    assertThat(byDeltas).isEqualTo(kernel());
  }

  private static Plan plan(Random random) {
    var ports = new HashMap<PortKey, PortPlan>();
    int shift = random.nextInt(2);
    for (boolean v6 : List.of(false, true)) {
      for (int i = 0; i < 4; i++) {
        if (random.nextInt(4) == 0) {
          continue;
        }
        PortKey key = key("s" + i, random.nextInt(5) == 0 ? Protocol.UDP : Protocol.TCP, v6);
        var frontends = new ArrayList<Frontend>();
        // ClusterIPs wander from one Service to another.
        int address = (i + shift) % 4;
        frontends.add(new Frontend.ClusterIp(Ip.parse((v6 ? "fd96::" : "10.96.0.") + address), 80));
        if (random.nextInt(3) == 0) {
          frontends.add(new Frontend.NodePort(30000 + i));
        }
        String outside = v6 ? "fd98::" : "192.0.2.";
        if (random.nextInt(3) == 0) {
          frontends.add(new Frontend.LoadBalancerIp(Ip.parse(outside + address), 80));
        }
        if (random.nextInt(3) == 0) {
          frontends.add(new Frontend.ExternalIp(Ip.parse(outside + (10 + address)), 80));
        }
        ports.put(key, port(random, key, frontends, v6));
      }
    }
    return new Plan(facts(random), ports);
  }

  private static PortPlan port(Random random, PortKey key, List<Frontend> frontends, boolean v6) {
    var all = pods(v6, random.ints(1, 10).limit(random.nextInt(6)).distinct().toArray());
    var here = all.stream().limit(random.nextInt(4)).toList();
    var sources = new ArrayList<Cidr>();
    for (int i = random.nextInt(4); i > 0; i--) {
      sources.add(Cidr.parse((v6 ? "fd5" + i + "::/" : "10." + i + ".0.0/") + (14 + i)));
    }
    return new PortPlan(
        key,
        frontends,
        random.nextBoolean() ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER,
        random.nextBoolean() ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER,
        new Pools(all, here, !all.isEmpty()),
        sources,
        random.nextInt(3) == 0 ? 100 : 0,
        List.of(),
        0);
  }

  private static NodeFacts facts(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> NodeFacts.NONE;
      case 2 ->
          new NodeFacts(
              List.of(),
              NODE.nodePortAddresses(),
              new PodSources.Interfaces("veth", random.nextBoolean()),
              false,
              List.of(Cidr.parse("10.96.0.0/16"), Cidr.parse("fd96::/112")));
      case 1 -> Samples.facts(NODE.nodePortAddresses(), List.of(), random.nextBoolean());
      default -> NODE;
    };
  }

  private static PlanDelta delta(Plan from, Plan to) {
    var changed =
        to.ports().values().stream().filter(p -> !p.equals(from.ports().get(p.key()))).toList();
    var removed = from.ports().keySet().stream().filter(k -> !to.ports().containsKey(k)).toList();
    return new PlanDelta(to.node().equals(from.node()) ? null : to.node(), changed, removed);
  }

  /** All elements, whichever slot an endpoint has, and the rules that do not come and go. */
  private static String kernel() {
    var lines = new TreeSet<String>();
    for (String family : List.of("ip", "ip6")) {
      String text = node.exec("nft", "list", "table", family, "portolan");
      var m = ELEMENTS.matcher(text);
      while (m.find()) {
        String set = m.group(1);
        for (String element : m.group(2).strip().split(",\\s+", -1)) {
          String any =
              switch (set) {
                case "endpoints" -> element.replaceFirst(" \\. 0x0000000\\d ", " . slot ");
                case "sticky-slots" -> element.replaceFirst("^0x0000000\\d ", "slot ");
                default -> element;
              };
          lines.add(family + " " + set + " " + any);
        }
      }
      for (String chain : List.of("postrouting", "inside", "nodeport-inside", "masquerade-own")) {
        lines.add(node.exec("nft", "list", "chain", family, "portolan", chain));
      }
    }
    return String.join("\n", lines);
  }
}
