package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("nftables: many Services")
class ScaleTest {
  @Test
  @DisplayName("10,000 Services with 5 endpoints each are loaded, changed, adopted and removed")
  void tenThousand() {
    try (var node = NetworkNamespace.create("scale");
        var dataplane = node.call(NftablesDataplane::open)) {
      var ports = new HashMap<PortKey, PortPlan>();
      for (int i = 0; i < 10_000; i++) {
        ports.put(key(i), port(i, 5));
      }
      var plan = new Plan(NODE, ports);
      timed(
          "first load",
          () -> assertThat(dataplane.replace(plan, Doors.OPEN).missing()).isPositive());
      timed("one endpoint less", () -> dataplane.apply(Plans.changed(port(7, 4))));
      timed("one endpoint more", () -> dataplane.apply(Plans.changed(port(7, 5))));
      try (var second = node.call(NftablesDataplane::open)) {
        timed(
            "adoption",
            () -> assertThat(second.replace(plan, Doors.OPEN)).isEqualTo(new Audit(0, 0, 0)));
      }
      timed("removal", dataplane::remove);
    }
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

  private static void timed(String what, Runnable work) {
    long start = System.nanoTime();
    work.run();
    long micros = Duration.ofNanos(System.nanoTime() - start).toNanos() / 1000;
    System.out.printf("10,000 Services, %s: %,d us%n", what, micros);
  }
}
