package io.portolan.operator.fleet;

import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverPhase;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The label of a node that keeps kube-proxy away: its DaemonSet has a node affinity to nodes that
 * do not have it.
 *
 * <p>It comes when the agent says that Portolan serves beside kube-proxy. It goes when the node is
 * to be given back, and for no other reason: neither an agent that is silent, nor settings that no
 * longer speak of a takeover, bring kube-proxy back.
 */
public final class TakeoverLabel {
  /** Its name. */
  public static final String NAME = "portolan.io/takeover";

  /** Its value where kube-proxy is kept away. */
  public static final String KUBE_PROXY = "kube-proxy";

  private TakeoverLabel() {}

  /** Whether the node has it, with whatever value: the affinity asks for no more. */
  public static boolean on(FleetNode node) {
    return node.labels().containsKey(NAME);
  }

  /**
   * Whether a node must have it.
   *
   * @param told what the node must run
   * @param phase what its agent has answered to exactly that; null when it has not yet
   * @param has whether the node has it now
   */
  public static boolean must(NodeProxySpec told, @Nullable TakeoverPhase phase, boolean has) {
    Takeover takeover = told.settings().takeover();
    boolean giveBack = takeover != null && Boolean.TRUE.equals(takeover.giveBack());
    if (told.state() == NodeState.REMOVED || giveBack) {
      return false;
    }
    return has
        || (takeover != null && (phase == TakeoverPhase.BESIDE || phase == TakeoverPhase.DONE));
  }

  /**
   * Whether there is nothing left to take over: every node that is Ready has it, and there is one.
   * So it is after another ProxyConfig, or where the status of this one was lost.
   */
  public static boolean everywhere(Collection<FleetNode> nodes) {
    return nodes.stream().anyMatch(FleetNode::ready)
        && nodes.stream().filter(FleetNode::ready).allMatch(TakeoverLabel::on);
  }
}
