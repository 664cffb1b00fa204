package io.portolan.agent.others;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whose a chain, a set or a table is, by its name. Names that begin with {@code KUBE-} are given by
 * kube-proxy, by kubelet and by kube-router alike (and k3s runs the last one's network policies
 * beside kube-proxy), so that kube-proxy's are told one by one: from {@code pkg/proxy/iptables} and
 * {@code pkg/proxy/ipvs} of Kubernetes 1.9 to 1.37.
 */
final class Ownership {
  /** What an nft table of kube-proxy is called, in families ip and ip6. */
  static final String NFT_TABLE = "kube-proxy";

  /** The chain through which all Services are reached in modes iptables and ipvs. */
  static final String SERVICES = "KUBE-SERVICES";

  /** The link that bears the addresses of all Services in mode ipvs. */
  static final String IPVS_LINK = "kube-ipvs0";

  static final String MARK_MASQ = "KUBE-MARK-MASQ";
  static final String POSTROUTING = "KUBE-POSTROUTING";

  private static final Set<String> CHAINS =
      Set.of(
          SERVICES,
          "KUBE-EXTERNAL-SERVICES",
          "KUBE-NODEPORTS",
          "KUBE-FORWARD",
          "KUBE-PROXY-FIREWALL",
          "KUBE-PROXY-CANARY",
          "KUBE-NODE-PORT",
          "KUBE-LOAD-BALANCER",
          "KUBE-SOURCE-RANGES-FIREWALL",
          "KUBE-IPVS-FILTER",
          "KUBE-IPVS-OUT-FILTER",
          // Of the mode userspace, gone since 1.26.
          "KUBE-PORTALS-CONTAINER",
          "KUBE-PORTALS-HOST",
          "KUBE-NODEPORT-CONTAINER",
          "KUBE-NODEPORT-HOST",
          "KUBE-NODEPORT-NON-LOCAL");

  /** XLB: what SVL and EXT were called before 1.24. */
  private static final Pattern OF_A_SERVICE =
      Pattern.compile("KUBE-(SVC|SVL|EXT|FW|SEP|XLB)-[A-Z2-7]{16}");

  private static final Pattern SET =
      Pattern.compile(
          "KUBE-(6-)?(LOOP-BACK|CLUSTER-IP|IPVS-IPS|HEALTH-CHECK-NODE-PORT|EXTERNAL-IP(-LOCAL)?"
              + "|LOAD-BALANCER(-LOCAL|-FW|-SOURCE-IP|-SOURCE-CIDR|-MASQ)?"
              + "|NODE-PORT-(LOCAL-)?(TCP|UDP|SCTP|SCTP-HASH))");

  /** Old kubelets made these too, until 1.28; they do nothing unless something jumps to them. */
  private static final List<String> SHARED = List.of(MARK_MASQ, POSTROUTING);

  private Ownership() {}

  /** Whether only kube-proxy makes such a chain. */
  static boolean ofKubeProxy(String table, String chain) {
    return CHAINS.contains(chain)
        || OF_A_SERVICE.matcher(chain).matches()
        // kubelet's chain of this name is in filter; this one was made by mode ipvs until 1.25.
        || (table.equals("nat") && chain.equals("KUBE-FIREWALL"));
  }

  /** Whether kube-proxy makes such a chain, and kubelet did so once. */
  static boolean shared(String table, String chain) {
    return table.equals("nat") && SHARED.contains(chain);
  }

  /** Whether it is the only one of its kind, worth a line of its own. */
  static boolean named(String chain) {
    return !OF_A_SERVICE.matcher(chain).matches();
  }

  static boolean setOfKubeProxy(String set) {
    return SET.matcher(set).matches();
  }

  static boolean ofCilium(String chain) {
    return chain.startsWith("CILIUM_");
  }

  /** Other chains of kube-router are for network policies, which k3s has without the rest. */
  static boolean ofKubeRouter(String chain) {
    return chain.equals("KUBE-ROUTER-SERVICES");
  }
}
