package io.portolan.agent.sync;

import io.portolan.agent.others.OtherProxy;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What this agent has to do, given who else serves the node's Services. What serves and is not ours
 * is never fought, and we never go before another one serves that shall.
 */
enum Duty {
  /** Serve by the settings. */
  SERVE,
  /** Another proxy serves: hold nothing. */
  WAIT,
  /** Serve beside kube-proxy, which has to leave the node. */
  TAKE_OVER,
  /** Serve, and remove what kube-proxy has left. */
  CLEAN_UP,
  /** Serve until kube-proxy does. */
  GIVE_BACK,
  /** Take everything of ours out of the kernel. */
  LEAVE,
  /** kube-proxy shall serve here: hold nothing. */
  STAND_BY;

  /** What the orders say of it. */
  enum Ask {
    SERVE,
    TAKE,
    GIVE_BACK,
    REMOVE
  }

  /**
   * Decides.
   *
   * @param taken whether the node was taken over from kube-proxy, and not given back since
   * @param ours whether our rules serve; asked only where it matters
   * @param settled whether kube-proxy has served for a while
   */
  static Duty of(
      Ask ask, boolean taken, BooleanSupplier ours, boolean settled, List<OtherProxy> others) {
    return switch (ask) {
      case REMOVE -> taken && !settled && ours.getAsBoolean() ? GIVE_BACK : LEAVE;
      case GIVE_BACK -> !ours.getAsBoolean() ? STAND_BY : settled ? LEAVE : GIVE_BACK;
      case SERVE -> others.isEmpty() || ours.getAsBoolean() ? SERVE : WAIT;
      case TAKE -> others.isEmpty() ? SERVE : take(ours.getAsBoolean(), others);
    };
  }

  private static Duty take(boolean ours, List<OtherProxy> others) {
    if (!ours && others.stream().anyMatch(o -> o.kind() != OtherProxy.Kind.KUBE_PROXY)) {
      return WAIT;
    }
    Optional<OtherProxy> kubeProxy = kubeProxy(others);
    if (kubeProxy.isEmpty()) {
      return SERVE;
    }
    return ours && !kubeProxy.get().running() ? CLEAN_UP : TAKE_OVER;
  }

  static Optional<OtherProxy> kubeProxy(List<OtherProxy> others) {
    return others.stream().filter(o -> o.kind() == OtherProxy.Kind.KUBE_PROXY).findFirst();
  }
}
