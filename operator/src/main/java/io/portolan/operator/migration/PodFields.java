package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.DetectLocal;
import io.portolan.api.v1alpha1.DetectLocalMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * {@code detectLocalMode}, {@code detectLocal} and {@code clusterCIDR}: how Pods of the node are
 * told from other traffic. kube-proxy reads the field that the mode is about and no other.
 */
final class PodFields {
  private static final String TARGET = "spec.traffic.detectLocal";
  private static final Pattern FORBIDDEN = Pattern.compile("[/:\\s]");

  /** IFNAMSIZ - 1. */
  private static final int MOST_NAME_BYTES = 15;

  private PodFields() {}

  static void detectLocal(Section root, Draft draft) {
    Entry<String> mode = root.text("detectLocalMode");
    Section names = root.section("detectLocal");
    Entry<String> bridge = names.text("bridgeInterface");
    Entry<String> prefix = names.text("interfaceNamePrefix");
    Entry<String> ranges = root.text("clusterCIDR");
    String word = mode.or("").isEmpty() ? "ClusterCIDR" : mode.or("");
    String target = TARGET + ".mode: " + word;
    switch (word) {
      case "ClusterCIDR" -> clusterCidr(mode, ranges, draft);
      case "NodeCIDR" -> draft.same(mode, target, "the default, left out");
      case "BridgeInterface" -> {
        draft.same(mode, target, "");
        draft.same(bridge, TARGET + ".bridgeInterface: " + name(bridge, draft), "");
        draft.detectLocal =
            new DetectLocal(DetectLocalMode.BRIDGE_INTERFACE, null, bridge.value(), null);
      }
      case "InterfaceNamePrefix" -> {
        draft.same(mode, target, "");
        draft.same(prefix, TARGET + ".interfaceNamePrefix: " + name(prefix, draft), "");
        draft.detectLocal =
            new DetectLocal(DetectLocalMode.INTERFACE_NAME_PREFIX, null, null, prefix.value());
      }
      default ->
          draft.problems.add(
              mode.line(),
              mode.field(),
              word
                  + " is no way to detect Pods: write ClusterCIDR, NodeCIDR, BridgeInterface"
                  + " or InterfaceNamePrefix");
    }
    unlessRead(bridge, "BridgeInterface", word, draft);
    unlessRead(prefix, "InterfaceNamePrefix", word, draft);
    unlessRead(ranges, "ClusterCIDR", word, draft);
  }

  private static void unlessRead(Entry<String> entry, String readBy, String mode, Draft draft) {
    if (!readBy.equals(mode)) {
      draft.noMeaning(
          entry, "kube-proxy does not read it with detectLocalMode " + mode + " either");
    }
  }

  private static void clusterCidr(Entry<String> mode, Entry<String> entry, Draft draft) {
    String byDefault = mode.or("").isEmpty() ? "kube-proxy's default" : "";
    if (entry.or("").isEmpty()) {
      draft.detectLocal = new DetectLocal(DetectLocalMode.NONE, null, null, null);
      draft.same(mode, TARGET + ".mode: None", "clusterCIDR is empty");
      draft.same(
          entry,
          TARGET + ".mode: None",
          "without a range kube-proxy cannot tell Pods from other traffic, nor can we: warning,"
              + " NodeCIDR is better where Node objects have spec.podCIDRs");
      draft.comment(
          TARGET + ".mode",
          "kube-proxy has no clusterCIDR, so it cannot tell Pods from other traffic. Where Node objects"
              + " have spec.podCIDRs, NodeCIDR is better: remove detectLocal.");
      return;
    }
    List<String> ranges = ranges(entry, draft);
    draft.detectLocal = new DetectLocal(DetectLocalMode.CLUSTER_CIDR, ranges, null, null);
    draft.same(mode, TARGET + ".mode: ClusterCIDR", byDefault);
    draft.same(entry, TARGET + ".clusterCIDRs: " + ranges, "");
  }

  private static List<String> ranges(Entry<String> entry, Draft draft) {
    var ranges = new ArrayList<AddressRange>();
    for (String text : entry.or("").split(",", -1)) {
      AddressRange range = AddressRange.parse(text.strip());
      if (range == null) {
        draft.problems.add(
            entry.line(),
            entry.field(),
            text
                + " is not a range in CIDR notation: write one such as 10.244.0.0/16,"
                + " or one of each family with a comma between");
      } else {
        ranges.add(range);
      }
    }
    if (ranges.size() > 2 || (ranges.size() == 2 && ranges.get(0).v6() == ranges.get(1).v6())) {
      draft.problems.add(
          entry.line(), entry.field(), "must have one range, or one of each IP family");
    }
    return ranges.stream().map(AddressRange::text).toList();
  }

  private static String name(Entry<String> entry, Draft draft) {
    String name = entry.or("");
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0
        || bytes > MOST_NAME_BYTES
        || FORBIDDEN.matcher(name).find()
        || name.equals(".")
        || name.equals("..")) {
      draft.problems.add(
          entry.line(),
          entry.field(),
          entry.shown()
              + " is no name of an interface: write 1 to 15 bytes without slash, colon and blank,"
              + " such as cni0, or set another detectLocalMode");
    }
    return name;
  }
}
