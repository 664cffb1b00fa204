package io.portolan.agent.others;

import java.util.ArrayList;
import java.util.List;

/**
 * What was found of another service proxy on this node.
 *
 * @param running a process of it lives here, or answers on a port of its
 * @param serves it answers for Services: its rules are in the kernel, and packets get to them. Not
 *     the same as running: rules outlive their proxy
 * @param evidence what was seen, in short lines for people; never empty, at most 16 of at most 256
 *     characters
 */
public record OtherProxy(Kind kind, boolean running, boolean serves, List<String> evidence) {
  private static final int LINES = 16;
  private static final int CHARACTERS = 256;

  /** The proxies that are known. */
  public enum Kind {
    KUBE_PROXY("kube-proxy"),
    CILIUM("Cilium"),
    CALICO("Calico eBPF"),
    OVN("OVN-Kubernetes"),
    KUBE_ROUTER("kube-router"),
    /** There are virtual servers of IPVS, and nothing says whose. */
    UNKNOWN_IPVS("an unknown user of IPVS");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** What people call it. */
    public String word() {
      return word;
    }
  }

  public OtherProxy {
    evidence = shortened(evidence);
  }

  private static List<String> shortened(List<String> lines) {
    var kept = new ArrayList<String>();
    for (String line : lines.subList(0, lines.size() > LINES ? LINES - 1 : lines.size())) {
      kept.add(line.length() > CHARACTERS ? line.substring(0, CHARACTERS) : line);
    }
    if (lines.size() > kept.size()) {
      kept.add("and " + (lines.size() - kept.size()) + " more");
    }
    return List.copyOf(kept);
  }
}
