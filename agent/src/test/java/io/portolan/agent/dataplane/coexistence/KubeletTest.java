package io.portolan.agent.dataplane.coexistence;

import io.portolan.agent.dataplane.nftables.Testbed;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The chains of kubelet ({@code pkg/kubelet/kubelet_network_linux.go}). */
@DisplayName("beside kubelet")
class KubeletTest {
  /** All that is left of it: where the node's rules are, and whether someone flushed them. */
  private static final String HINT_AND_CANARIES =
      """
      *mangle
      :KUBE-IPTABLES-HINT - [0:0]
      :KUBE-KUBELET-CANARY - [0:0]
      COMMIT
      *nat
      :KUBE-KUBELET-CANARY - [0:0]
      COMMIT
      *filter
      :KUBE-KUBELET-CANARY - [0:0]
      COMMIT
      """;

  /** Until 1.27 (KEP 3178), both families. */
  private static final String MARKS =
      """
      *nat
      :KUBE-MARK-DROP - [0:0]
      :KUBE-MARK-MASQ - [0:0]
      :KUBE-POSTROUTING - [0:0]
      -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
      -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
      -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
      -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
      -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
      COMMIT
      *filter
      :KUBE-FIREWALL - [0:0]
      -A INPUT -j KUBE-FIREWALL
      -A OUTPUT -j KUBE-FIREWALL
      -A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
      COMMIT
      """;

  /** Against the hole that route_localnet opens; only IPv4 has it. */
  private static final String LOCALNET =
      """
      *filter
      -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
      COMMIT
      """;

  private static Testbed bed;
  private static Others others;

  @BeforeAll
  static void open() {
    bed = Way.testbed();
    others = new Others(bed.node());
  }

  @AfterAll
  static void close() {
    if (bed != null) {
      bed.close();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("its hint and its canaries stay")
  void today(Guest guest) {
    for (String program : List.of("iptables-", "ip6tables-")) {
      others.restore(program + guest.othersBackend(), HINT_AND_CANARIES);
    }
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(Set.of());
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("the chains of an older one stay, and its marks are not ours")
  void older(Guest guest) {
    for (String program : List.of("iptables-", "ip6tables-")) {
      others.restore(program + guest.othersBackend(), HINT_AND_CANARIES);
      others.restore(program + guest.othersBackend(), MARKS);
    }
    others.restore("iptables-" + guest.othersBackend(), LOCALNET);
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(Set.of());
    }
  }
}
