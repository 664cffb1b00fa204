package io.portolan.agent.dataplane.nftables;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A chain that picks one of some number of endpoints; shared by all Service ports that have as many
 * and treat clients alike.
 *
 * @param nodePort whether the Service port is found by the NodePort rather than by the ClusterIP
 * @param endpoints at least 1
 * @param affinitySeconds 0: every connection by itself
 */
record PickChain(boolean nodePort, int endpoints, int affinitySeconds) {
  private static final Pattern NAME =
      Pattern.compile("(nodeport-)?(?:pick-(\\d{1,6})|sticky-(\\d{1,6})-(\\d{1,9}))");

  String name() {
    return (nodePort ? "nodeport-" : "")
        + (affinitySeconds == 0
            ? "pick-" + endpoints
            : "sticky-" + endpoints + "-" + affinitySeconds);
  }

  /** The chain of that name; null when it is another kind of chain. */
  static @Nullable PickChain of(String name) {
    Matcher m = NAME.matcher(name);
    if (!m.matches()) {
      return null;
    }
    boolean sticky = m.group(2) == null;
    var chain =
        new PickChain(
            m.group(1) != null,
            Integer.parseInt(m.group(sticky ? 3 : 2)),
            sticky ? Integer.parseInt(m.group(4)) : 0);
    return chain.endpoints > 0 && chain.name().equals(name) ? chain : null;
  }
}
