package io.portolan.operator.migration;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;

/** {@code nodePortAddresses}: which addresses NodePorts answer on. */
final class TrafficFields {
  /** The bound of the ProxyConfig. */
  private static final int MOST = 32;

  private static final String TARGET = "spec.traffic.nodePortAddresses: ";
  private static final List<String> ALL = List.of("0.0.0.0/0", "::/0");
  private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1/128");
  private static final String LOCALHOST_GATE = "KubeProxyNFTablesLocalhostNodePorts";

  private TrafficFields() {}

  static void nodePorts(Section root, ProxyMode mode, Draft draft) {
    Entry<List<String>> entry = root.texts("nodePortAddresses");
    List<String> asked = entry.or(List.of());
    if (asked.isEmpty()) {
      unset(entry, mode, draft);
      return;
    }
    var addresses = new LinkedHashSet<String>();
    var linkLocal = new ArrayList<String>();
    for (String text : asked) {
      AddressRange range = AddressRange.parse(text);
      switch (text) {
        case "primary" -> addresses.add(text);
        case "localhost" -> addresses.addAll(LOOPBACK);
        case "all" -> addresses.addAll(ALL);
        default -> {
          if (range == null) {
            draft.problems.add(
                entry.line(),
                entry.field(),
                text
                    + " is neither a range in CIDR notation, such as 192.168.0.0/16,"
                    + " nor one of the words primary, localhost and all");
          } else {
            addresses.add(range.text());
            if (range.linkLocal()) {
              linkLocal.add(range.text());
            }
          }
        }
      }
    }
    if (addresses.size() > MOST) {
      draft.problems.add(
          entry.line(),
          entry.field(),
          "has %d entries, a ProxyConfig has at most %d: write wider ranges"
              .formatted(addresses.size(), MOST));
    }
    List<String> list = List.copyOf(addresses);
    boolean isDefault = list.equals(List.of("primary"));
    if (!isDefault) {
      draft.nodePortAddresses = list;
    }
    String target = TARGET + list;
    if (!linkLocal.isEmpty()) {
      draft.changed(
          entry, target, "NodePorts never answer on link-local addresses here: " + linkLocal);
      draft.comment(
          "spec.traffic.nodePortAddresses", "NodePorts never answer on link-local addresses here.");
    } else if (answersOnLoopback(root, mode, list)) {
      draft.changed(
          entry,
          target,
          "mode nftables here does not answer on loopback, whatever the feature gate "
              + LOCALHOST_GATE);
      draft.comment(
          "spec.traffic.nodePortAddresses", "Mode nftables does not answer on loopback here.");
    } else {
      draft.same(entry, target, isDefault ? "the default, left out" : "");
    }
  }

  private static void unset(Entry<List<String>> entry, ProxyMode mode, Draft draft) {
    if (mode == ProxyMode.NFTABLES) {
      draft.same(
          entry,
          TARGET + "[primary]",
          "the default here and in kube-proxy's mode nftables, left out");
      return;
    }
    draft.nodePortAddresses = ALL;
    draft.same(
        entry,
        TARGET + ALL,
        "kube-proxy's default in mode %s: all addresses".formatted(mode.word()));
    draft.comment(
        "spec.traffic.nodePortAddresses",
        "kube-proxy's default in mode "
            + mode.word()
            + ". Without this NodePorts answer on the node's own address only, which is safer.");
  }

  /** Only by a feature gate of 1.37, and only when loopback is listed as such. */
  private static boolean answersOnLoopback(Section root, ProxyMode mode, List<String> list) {
    return mode == ProxyMode.NFTABLES
        && root.section("featureGates").flag(LOCALHOST_GATE).or(false)
        && Stream.of("127.", "::1/").anyMatch(l -> list.stream().anyMatch(r -> r.startsWith(l)));
  }
}
