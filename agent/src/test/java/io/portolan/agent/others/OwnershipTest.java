package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Whose a name is")
class OwnershipTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "KUBE-SERVICES",
        "KUBE-EXTERNAL-SERVICES",
        "KUBE-NODEPORTS",
        "KUBE-FORWARD",
        "KUBE-PROXY-FIREWALL",
        "KUBE-PROXY-CANARY",
        "KUBE-SVC-NPX46M4PTMTKRN6Y",
        "KUBE-SVL-NPX46M4PTMTKRN6Y",
        "KUBE-EXT-NPX46M4PTMTKRN6Y",
        "KUBE-FW-NPX46M4PTMTKRN6Y",
        "KUBE-SEP-NPX46M4PTMTKRN6Y",
        "KUBE-XLB-NPX46M4PTMTKRN6Y",
        "KUBE-IPVS-FILTER",
        "KUBE-NODE-PORT",
        "KUBE-LOAD-BALANCER",
      })
  @DisplayName("chains that kube-proxy alone makes, in modes iptables and ipvs")
  void kubeProxy(String chain) {
    assertThat(Ownership.ofKubeProxy("nat", chain)).isTrue();
    assertThat(Ownership.shared("nat", chain)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KUBE-IPTABLES-HINT",
        "KUBE-KUBELET-CANARY",
        "KUBE-MARK-DROP",
        "KUBE-MARK-MASQ",
        "KUBE-POSTROUTING",
        "KUBE-ROUTER-INPUT",
        "KUBE-ROUTER-SERVICES",
        "KUBE-POD-FW-NPX46M4PTMTKRN6Y",
        "KUBE-NWPLCY-NPX46M4PTMTKRN6Y",
        "KUBE-SVC-of-mine",
        "KUBE-SERVICES-2",
        "PORTOLAN-SERVICES",
        "CNI-HOSTPORT-DNAT",
        "DOCKER",
        "cali-PREROUTING",
      })
  @DisplayName("chains of kubelet, network policies, the CNI and ourselves are not kube-proxy's")
  void others(String chain) {
    assertThat(Ownership.ofKubeProxy("nat", chain)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nat", "filter"})
  @DisplayName("KUBE-FIREWALL is kubelet's in filter, and of an old mode ipvs in nat")
  void firewall(String table) {
    assertThat(Ownership.ofKubeProxy(table, "KUBE-FIREWALL")).isEqualTo(table.equals("nat"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KUBE-LOOP-BACK",
        "KUBE-CLUSTER-IP",
        "KUBE-EXTERNAL-IP",
        "KUBE-EXTERNAL-IP-LOCAL",
        "KUBE-LOAD-BALANCER",
        "KUBE-LOAD-BALANCER-SOURCE-CIDR",
        "KUBE-NODE-PORT-LOCAL-SCTP-HASH",
        "KUBE-NODE-PORT-TCP",
        "KUBE-HEALTH-CHECK-NODE-PORT",
        "KUBE-IPVS-IPS",
        "KUBE-6-CLUSTER-IP",
      })
  @DisplayName("sets of mode ipvs")
  void sets(String set) {
    assertThat(Ownership.setOfKubeProxy(set)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KUBE-SRC-NPX46M4PTMTKRN6Y",
        "KUBE-DST-NPX46M4PTMTKRN6Y",
        "PORTOLAN-4-TCP",
        "mine"
      })
  @DisplayName("sets of network policies and of others")
  void foreignSets(String set) {
    assertThat(Ownership.setOfKubeProxy(set)).isFalse();
  }
}
