package io.portolan.agent.sync;

import io.portolan.agent.others.OtherProxy;
import java.util.List;
import java.util.stream.Collectors;

/** What a duty means, for people, and what they can do. */
final class Words {
  private Words() {}

  static String of(Duty duty, List<OtherProxy> others) {
    String seen = others.stream().map(Words::seen).collect(Collectors.joining("; "));
    return switch (duty) {
      case SERVE, CLEAN_UP, LEAVE -> "";
      case WAIT ->
          seen
              + ". Portolan leaves this node alone until that is gone"
              + (Duty.kubeProxy(others).isPresent()
                  ? "; spec.takeover of the ProxyConfig replaces kube-proxy without a gap"
                  : "");
      case TAKE_OVER ->
          "serves beside "
              + seen
              + ". kube-proxy has to leave this node: its DaemonSet must keep off nodes with the"
              + " label portolan.io/takeover (docs/migration.md), or stop its process";
      case GIVE_BACK ->
          "serves until kube-proxy does, for ten seconds; "
              + (seen.isEmpty() ? "nothing is seen of it yet" : seen);
      case STAND_BY ->
          seen.isEmpty() ? "holds nothing here, as ordered; no kube-proxy is seen" : seen;
    };
  }

  private static String seen(OtherProxy other) {
    return other.kind().word()
        + (other.running() ? " runs here" : " has left its rules here")
        + " ("
        + String.join(", ", other.evidence())
        + ")";
  }
}
