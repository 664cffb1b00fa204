package io.portolan.agent.vectors;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.IptablesDataplane;
import io.portolan.agent.dataplane.nftables.NftablesDataplane;
import io.portolan.agent.kernel.Sysctl;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mode of ours, and what it promises where the modes of kube-proxy differ.
 *
 * @param name as in {@code ProxyConfig.spec.mode}
 * @param reference the mode of kube-proxy whose cases it answers
 * @param primaryByDefault NodePorts answer on the primary addresses of the node where no range is
 *     given, instead of on all of them
 * @param loopbackNodePorts NodePorts answer on IPv4 loopback addresses too, where the configuration
 *     admits it
 * @param guardsServiceRanges packets to unused addresses of the Service ranges are dropped, those
 *     to unused ports of ClusterIPs refused
 * @param backend the programs it calls; null: none
 * @param opener of its dataplane, in the network namespace of the calling thread
 */
record Mode(
    String name,
    String reference,
    boolean primaryByDefault,
    boolean loopbackNodePorts,
    boolean guardsServiceRanges,
    @Nullable Backend backend,
    Supplier<? extends Dataplane> opener) {
  static final Mode NFTABLES =
      new Mode("nftables", "nftables", true, false, true, null, NftablesDataplane::open);

  static final Mode IPTABLES_LEGACY = iptables(Backend.LEGACY);
  static final Mode IPTABLES_NFT = iptables(Backend.NFT);

  private static final List<Mode> ALL = List.of(NFTABLES, IPTABLES_LEGACY, IPTABLES_NFT);

  private static Mode iptables(Backend backend) {
    var sysctl = new Sysctl(Path.of("/proc/sys/net"));
    return new Mode(
        "iptables",
        "iptables",
        false,
        true,
        false,
        backend,
        () -> IptablesDataplane.open(backend, sysctl, IptablesDataplane.MARK_BIT));
  }

  /**
   * The mode of a name, with each of its backends.
   *
   * @param backend the only one that is wanted; null: all
   * @throws IllegalArgumentException when there is none
   */
  static List<Mode> named(String name, @Nullable String backend) {
    List<Mode> named = ALL.stream().filter(m -> m.name().equals(name)).toList();
    if (named.isEmpty()) {
      throw new IllegalArgumentException(
          "mode "
              + name
              + " is not there; there is "
              + ALL.stream().map(Mode::name).distinct().collect(Collectors.joining(", ")));
    }
    List<Mode> wanted =
        named.stream().filter(m -> backend == null || backend.equals(m.backendWord())).toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("mode " + name + " has no backend " + backend);
    }
    return wanted;
  }

  private String backendWord() {
    return backend == null ? "" : backend.word();
  }

  /** Its name, and the backend where it has one. */
  String title() {
    return backend == null ? name : name + " (" + backend.word() + ")";
  }

  /** Whether the case is for this mode. */
  boolean answers(VectorCase vector) {
    return vector.modes().contains(reference);
  }
}
