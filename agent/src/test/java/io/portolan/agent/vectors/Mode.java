package io.portolan.agent.vectors;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.nftables.NftablesDataplane;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A mode of ours, and what it promises where the modes of kube-proxy differ.
 *
 * @param name as in {@code ProxyConfig.spec.mode}
 * @param reference the mode of kube-proxy whose cases it answers
 * @param primaryByDefault NodePorts answer on the primary addresses of the node where no range is
 *     given, instead of on all of them
 * @param loopbackNodePorts NodePorts answer on IPv4 loopback addresses too, where the configuration
 *     admits it
 * @param guardsServiceRanges packets to unused addresses of the Service ranges are dropped
 * @param opener of its dataplane, in the network namespace of the calling thread
 */
record Mode(
    String name,
    String reference,
    boolean primaryByDefault,
    boolean loopbackNodePorts,
    boolean guardsServiceRanges,
    Supplier<? extends Dataplane> opener) {
  static final Mode NFTABLES =
      new Mode("nftables", "nftables", true, false, true, NftablesDataplane::open);

  private static final List<Mode> ALL = List.of(NFTABLES);

  /**
   * The mode of a name.
   *
   * @throws IllegalArgumentException when there is none
   */
  static Mode named(String name) {
    return ALL.stream()
        .filter(m -> m.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "mode "
                        + name
                        + " is not there; there is "
                        + ALL.stream().map(Mode::name).collect(Collectors.joining(", "))));
  }

  /** Whether the case is for this mode. */
  boolean answers(VectorCase vector) {
    return vector.modes().contains(reference);
  }
}
