package io.portolan.agent.dataplane.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: many Services")
class ScaleTest {
  @ParameterizedTest
  @EnumSource
  @DisplayName("10,000 Services with 5 endpoints each are loaded, changed, adopted and removed")
  void tenThousand(Backend backend) {
    try (var node = NetworkNamespace.create("scale")) {
      var dataplane = open(backend);
      var ports = new HashMap<PortKey, PortPlan>();
      for (int i = 0; i < 10_000; i++) {
        ports.put(key(i), port(i, 5));
      }
      var plan = new Plan(SamplePlans.NODE, ports);
      timed(
          backend,
          node,
          "first load",
          () -> assertThat(dataplane.replace(plan, Doors.OPEN).missing()).isPositive());
      timed(backend, node, "one endpoint less", () -> dataplane.apply(changed(port(7, 4))));
      timed(backend, node, "one endpoint more", () -> dataplane.apply(changed(port(7, 5))));
      timed(
          backend,
          node,
          "adoption",
          () -> assertThat(open(backend).replace(plan, Doors.OPEN)).isEqualTo(new Audit(0, 0, 0)));
      timed(backend, node, "removal", dataplane::remove);
    }
  }

  private static IptablesDataplane open(Backend backend) {
    return IptablesDataplane.open(
        backend, new Sysctl(Path.of("/proc/sys/net")), IptablesDataplane.MARK_BIT);
  }

  private static PlanDelta changed(PortPlan port) {
    return new PlanDelta(null, List.of(port), List.of());
  }

  private static PortKey key(int i) {
    return new PortKey("scale", "service-" + i, "http", Protocol.TCP, IpFamily.IPV4);
  }

  private static PortPlan port(int i, int endpoints) {
    var list = new ArrayList<Endpoint>();
    for (int e = 0; e < endpoints; e++) {
      list.add(new Endpoint(new Ip(IpFamily.IPV4, 0, 0x0a800000L + 5L * i + e), 8080, e == 0));
    }
    var frontend = new Frontend.ClusterIp(new Ip(IpFamily.IPV4, 0, 0x0a600000L + i), 80);
    return Samples.port(key(i), List.of(frontend), list, 0);
  }

  private static void timed(Backend backend, NetworkNamespace node, String what, Runnable work) {
    long start = System.nanoTime();
    node.call(
        () -> {
          work.run();
          return true;
        });
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    System.out.printf("iptables-%s, 10,000 Services, %s: %,d ms%n", backend.word(), what, millis);
  }
}
