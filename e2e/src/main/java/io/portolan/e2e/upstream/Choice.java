package io.portolan.e2e.upstream;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Which of upstream's specs are run: those that match the focus, but none that is left out.
 *
 * @param focus regular expression (RE2) on a spec's full text
 */
public record Choice(String focus) {
  /**
   * Specs that are never run.
   *
   * @param pattern regular expression (RE2) on a spec's full text
   * @param reason why this cluster can't tell anything by them
   */
  public record LeftOut(String pattern, String reason) {}

  /** The groups of specs that a Service proxy has a part in. */
  private static final List<String> GROUPS =
      List.of(
          "Services",
          "Conntrack",
          "Traffic Distribution",
          "Networking",
          "EndpointSlice",
          "EndpointSliceMirroring",
          "Topology Hints",
          "Service CIDRs",
          "KubeProxy",
          "Connectivity Pod Lifecycle",
          "\\[Feature:IPv6DualStack\\]");

  /** In the order of the documentation. */
  public static final List<LeftOut> LEFT_OUT =
      List.of(
          new LeftOut(
              "\\[Disruptive\\]",
              "restarts kube-proxy or the API server by deleting their Pods, or logs in to nodes by"
                  + " SSH; here they are processes of the host, and there is no SSH"),
          new LeftOut("SCTP", "the kernel of the reference machine has no SCTP sockets"),
          new LeftOut(
              "evicted",
              "needs a kubelet that evicts Pods for the disk they use, which these nodes do not"),
          new LeftOut(
              "\\[Feature:Networking-(IPv4|IPv6|DNS)\\]", "reaches for hosts of the internet"),
          new LeftOut(
              "\\[Feature:Networking-Performance\\]",
              "measures with iperf what the machine's network can do"));

  /**
   * The groups of which some specs skip themselves on less than two nodes in each of three zones.
   */
  private static final List<String> GROUPS_OF_MANY_NODES =
      List.of("Traffic Distribution", "Topology Hints");

  /** All groups on up to five nodes; on more, those that make a difference of it. */
  public static Choice forNodes(int nodes) {
    List<String> groups = nodes < 6 ? GROUPS : GROUPS_OF_MANY_NODES;
    return new Choice("\\[sig-network\\] (" + String.join("|", groups) + ") ");
  }

  /** Exactly the specs of these texts. */
  public static Choice of(List<String> specs) {
    return new Choice(
        specs.stream().map(Choice::literally).collect(Collectors.joining("|", "(", ")( \\[|$)")));
  }

  /** The regular expression of what is left out. */
  String skip() {
    return LEFT_OUT.stream().map(LeftOut::pattern).collect(Collectors.joining("|"));
  }

  private static String literally(String text) {
    return text.replaceAll("([\\\\.+*?()|\\[\\]{}^$])", "\\\\$1");
  }
}
