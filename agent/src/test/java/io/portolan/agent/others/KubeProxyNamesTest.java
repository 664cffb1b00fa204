package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The hashes are those that kube-proxy's own tests have; KubeProxyAffinityTest asks the program.
 */
@DisplayName("Where kube-proxy remembers clients")
class KubeProxyNamesTest {
  private static Endpoint endpoint(String ip) {
    return new Endpoint(Ip.parse(ip), 80, false);
  }

  private static PortKey key(String namespace, String service, String port, IpFamily family) {
    return new PortKey(namespace, service, port, Protocol.TCP, family);
  }

  @Test
  @DisplayName("a set of mode nftables has the name that kube-proxy gives it")
  void set() {
    assertThat(KubeProxyNames.set(key("ns5", "svc5", "p80", IpFamily.IPV4), endpoint("10.180.0.3")))
        .isEqualTo("affinity-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80");
  }

  @Test
  @DisplayName("an address of IPv6 has points in the name of a set, and a port may have no name")
  void setOfIpv6() {
    assertThat(KubeProxyNames.set(key("ns5", "svc5", "", IpFamily.IPV6), endpoint("fd00:1::a")))
        .matches("affinity-[A-Z2-7]{8}-ns5/svc5/tcp/__fd00\\.1\\.\\.a/80");
  }

  @Test
  @DisplayName("a long name of a set is cut to 249 characters, and says so")
  void longSet() {
    String long63 = "a".repeat(63);
    var ip = endpoint("2001:db8:1111:2222:3333:4444:5555:6666");
    String name = KubeProxyNames.set(key(long63, long63, long63, IpFamily.IPV6), ip);
    assertThat(name).hasSize(249).endsWith("__2001.db8.1111.2222.3333.4444.55...");
  }

  @Test
  @DisplayName("a list of mode iptables has the name of the endpoint's chain")
  void list() {
    assertThat(
            KubeProxyNames.list(key("ns1", "svc1", "p80", IpFamily.IPV4), endpoint("10.180.0.1")))
        .isEqualTo("KUBE-SEP-SXIVWICOYRO3J4NJ");
  }
}
