package io.portolan.operator.migration;

import java.util.Objects;

/** {@code mode}, and the fields of its sections that are about marks and masquerading. */
final class ModeFields {
  private static final int KUBE_PROXY_BIT = 14;
  private static final int OUR_BIT = 12;

  private ModeFields() {}

  /** Reads the mode first: what other fields mean depends on it. */
  static ProxyMode mode(Section root, Draft draft) {
    Entry<String> entry = root.text("mode");
    ProxyMode mode =
        switch (entry.or("")) {
          case "", "iptables" -> ProxyMode.IPTABLES;
          case "nftables" -> ProxyMode.NFTABLES;
          case "ipvs" -> ProxyMode.IPVS;
          case "userspace" -> ProxyMode.USERSPACE;
          default -> {
            refuse(entry, draft);
            yield ProxyMode.IPTABLES;
          }
        };
    draft.mode = mode.here();
    String target = "spec.mode: " + mode.here().word();
    switch (mode) {
      case IPVS -> {
        draft.changed(
            entry,
            target,
            "there is no mode ipvs here; auto is nftables where the node can do it, else iptables."
                + " An endpoint is picked at random, and ClusterIPs are on no interface");
        draft.comment(
            "spec.mode",
            "kube-proxy had ipvs, which does not exist here; auto picks for each node.");
      }
      case USERSPACE -> {
        draft.changed(
            entry,
            target,
            "there is no mode userspace here, nor in kube-proxy since Kubernetes 1.26; auto is"
                + " nftables where the node can do it, else iptables");
        draft.comment(
            "spec.mode",
            "kube-proxy had userspace, which does not exist here; auto picks for each node.");
      }
      case IPTABLES, NFTABLES ->
          draft.same(entry, target, entry.or("").isEmpty() ? "kube-proxy's default on Linux" : "");
    }
    return mode;
  }

  private static void refuse(Entry<String> mode, Draft draft) {
    draft.problems.add(
        mode.line(),
        mode.field(),
        mode.or("").equals("kernelspace")
            ? "kernelspace is for Windows nodes, which Portolan does not serve:"
                + " give the configuration of the Linux nodes"
            : mode.shown() + " is no mode of kube-proxy: write iptables, nftables or ipvs");
  }

  /** What the sections {@code iptables} and {@code nftables} have in common. */
  static void masquerading(Section root, ProxyMode mode, Draft draft) {
    for (String name : new String[] {"iptables", "nftables"}) {
      Section section = root.section(name);
      Entry<Integer> bit = section.number("masqueradeBit", 0, 31);
      Entry<Boolean> all = section.flag("masqueradeAll");
      if (!mode.masquerading().equals(name)) {
        draft.noMeaning(bit, mode.doesNotRead());
        draft.noMeaning(all, mode.doesNotRead());
      } else {
        bit(bit, mode, draft);
        if (all.or(false)) {
          draft.masqueradeAll = true;
        }
        draft.same(
            all,
            "spec.traffic.masqueradeAll: " + all.or(false),
            all.or(false) ? "" : "the default, left out");
      }
    }
  }

  /** One section is read once, so that its unknown fields are told once. */
  static void localhost(Section iptables, ProxyMode mode, Draft draft) {
    Entry<Boolean> entry = iptables.flag("localhostNodePorts");
    String target = "spec.traffic.localhostNodePorts: ";
    switch (mode) {
      case NFTABLES -> draft.noMeaning(entry, mode.doesNotRead());
      case IPVS -> {
        draft.localhostNodePorts = false;
        draft.same(
            entry,
            target + false,
            "kube-proxy never answers on 127.0.0.1 in mode ipvs, and auto may pick iptables");
      }
      case IPTABLES, USERSPACE -> {
        if (entry.or(true)) {
          draft.same(entry, target + true, "the default, left out");
        } else {
          draft.localhostNodePorts = false;
          draft.same(entry, target + false, "");
        }
      }
    }
  }

  private static void bit(Entry<Integer> entry, ProxyMode mode, Draft draft) {
    int bit = Objects.requireNonNullElse(entry.value(), KUBE_PROXY_BIT);
    if (mode == ProxyMode.NFTABLES) {
      draft.noMeaning(entry, "mode nftables here marks no packets");
    } else if (bit == KUBE_PROXY_BIT) {
      draft.noMeaning(
          entry,
          "kube-proxy's own default; while both run they need different bits, and ours is "
              + OUR_BIT
              + " (0x1000)");
    } else if (bit == OUR_BIT) {
      draft.masqueradeBit = KUBE_PROXY_BIT;
      draft.changed(
          entry,
          "spec.iptables.masqueradeBit: " + KUBE_PROXY_BIT,
          "while both run they need different bits, and kube-proxy has ours: see that nothing else on"
              + " the nodes marks packets with bit 14 (0x4000)");
      draft.comment(
          "spec.iptables.masqueradeBit",
          "Not the default 12: kube-proxy has that, and both run for a while.");
    } else {
      draft.changed(
          entry,
          "spec.iptables.masqueradeBit: " + OUR_BIT,
          "while both run they need different bits; the default is kept: see that nothing else on the"
              + " nodes marks packets with bit 12 (0x1000), or choose another one");
    }
  }
}
