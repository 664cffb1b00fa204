package io.portolan.agent.dataplane.nftables;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A chain that picks one of some number of endpoints; shared by all Service ports that have as many
 * and treat clients alike.
 *
 * @param door how packets that get here are addressed
 * @param outside whether it is for external policy Local: packets of Pods and of the node go
 *     another way, others to the endpoints on this node
 * @param endpoints at least 1; 0 only for {@code outside}
 * @param affinitySeconds 0: every connection by itself
 */
record PickChain(Door door, boolean outside, int endpoints, int affinitySeconds) {
  private static final Pattern NAME =
      Pattern.compile("(nodeport-)?(outside-)?(?:pick-(\\d{1,6})|sticky-(\\d{1,6})-(\\d{1,10}))");

  String name() {
    return door.prefix()
        + (outside ? "outside-" : "")
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
    boolean sticky = m.group(3) == null;
    boolean outside = m.group(2) != null;
    long seconds = sticky ? Long.parseLong(m.group(5)) : 0;
    if (seconds > Integer.MAX_VALUE) {
      return null;
    }
    var chain =
        new PickChain(
            m.group(1) == null ? Door.SERVICE : Door.NODEPORT,
            outside,
            Integer.parseInt(m.group(sticky ? 4 : 3)),
            (int) seconds);
    boolean some = chain.endpoints > 0 || (outside && !sticky);
    return some && chain.name().equals(name) ? chain : null;
  }
}
