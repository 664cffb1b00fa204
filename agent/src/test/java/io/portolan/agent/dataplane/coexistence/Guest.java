package io.portolan.agent.dataplane.coexistence;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.IptablesDataplane;
import io.portolan.agent.dataplane.nftables.NftablesDataplane;
import io.portolan.agent.kernel.Sysctl;
import java.nio.file.Path;

/**
 * One of our variants, and the backend that the others' iptables is of. Mode iptables is in the
 * others' backend, as {@code BackendChoice} has it; mode nftables is tried with both.
 */
enum Guest {
  NFTABLES_BESIDE_LEGACY("nftables beside iptables-legacy", Backend.LEGACY, false),
  NFTABLES_BESIDE_NFT("nftables beside iptables-nft", Backend.NFT, false),
  IPTABLES_LEGACY("iptables-legacy", Backend.LEGACY, true),
  IPTABLES_NFT("iptables-nft", Backend.NFT, true);

  private final String words;
  private final Backend backend;
  private final boolean iptables;

  Guest(String words, Backend backend, boolean iptables) {
    this.words = words;
    this.backend = backend;
    this.iptables = iptables;
  }

  /** Whether it is mode iptables. */
  boolean iptables() {
    return iptables;
  }

  /** The backend of the others. */
  String othersBackend() {
    return backend.word();
  }

  /** Opens its dataplane in the network namespace of the calling thread. */
  Dataplane open() {
    return iptables
        ? IptablesDataplane.open(
            backend, new Sysctl(Path.of("/proc/sys/net")), IptablesDataplane.MARK_BIT)
        : NftablesDataplane.open();
  }

  @Override
  public String toString() {
    return words;
  }
}
