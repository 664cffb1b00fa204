package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.changed;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.plan;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static io.portolan.agent.dataplane.nftables.Plans.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Protocol;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("nftables: packets between network namespaces")
class TrafficTest {
  private static Testbed bed;
  private static NftablesDataplane dataplane;

  @BeforeAll
  static void open() {
    bed = new Testbed(6);
    dataplane = bed.node().call(NftablesDataplane::open);
  }

  @AfterAll
  static void close() {
    dataplane.close();
    bed.close();
  }

  @Test
  @DisplayName("smoke")
  void smoke() throws Exception {
    dataplane.replace(
        plan(
            NODE,
            port(key("web", Protocol.TCP, false), "10.96.0.10", 30080, 0, pods(false, 1, 2, 3)),
            port(key("webs", Protocol.TCP, false), "10.96.0.12", 30082, 100, pods(false, 1, 2, 3)),
            port(key("web", Protocol.TCP, true), "fd96::10", 30080, 0, pods(true, 1, 2, 3)),
            port(key("webs", Protocol.TCP, true), "fd96::12", 30082, 100, pods(true, 1, 2, 3))));
    System.out.println(bed.node().exec("nft", "list", "ruleset"));
    for (String a : new String[] {"10.96.0.10", "10.96.0.12", "fd96::10", "fd96::12"}) {
      for (int i = 0; i < 4; i++) {
        System.out.println(a + " " + bed.client().call(() -> Testbed.tcp(a, 80)));
      }
    }
    for (String a : new String[] {"192.168.50.1", "fd50::1"}) {
      System.out.println(a + " " + bed.client().call(() -> Testbed.tcp(a, 30080)));
      System.out.println(a + " " + bed.client().call(() -> Testbed.tcp(a, 30082)));
      System.out.println(a + " " + bed.client().call(() -> Testbed.tcp(a, 30082)));
    }
    System.out.println(bed.node().exec("nft", "list", "ruleset"));
    assertThat(dataplane).isNotNull();
    assertThat(changed()).isNotNull();
  }
}
