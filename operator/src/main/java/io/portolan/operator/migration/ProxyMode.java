package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.Mode;

/** kube-proxy's modes on Linux, and where it has their settings. */
enum ProxyMode {
  IPTABLES("iptables", "iptables", "iptables", Mode.IPTABLES),
  NFTABLES("nftables", "nftables", "nftables", Mode.NFTABLES),
  IPVS("ipvs", "ipvs", "iptables", Mode.AUTO),
  /** Removed from kube-proxy in Kubernetes 1.26. */
  USERSPACE("userspace", "iptables", "iptables", Mode.AUTO);

  private final String word;
  private final String periods;
  private final String masquerading;
  private final Mode here;

  ProxyMode(String word, String periods, String masquerading, Mode here) {
    this.word = word;
    this.periods = periods;
    this.masquerading = masquerading;
    this.here = here;
  }

  String word() {
    return word;
  }

  /** The section with syncPeriod and minSyncPeriod. */
  String periods() {
    return periods;
  }

  /** The section with masqueradeBit and masqueradeAll: mode ipvs uses those of iptables. */
  String masquerading() {
    return masquerading;
  }

  /** What takes its place. */
  Mode here() {
    return here;
  }

  /** Why a field of a section that this mode does not read has no meaning. */
  String doesNotRead() {
    return "kube-proxy does not read it in mode " + word + " either";
  }
}
