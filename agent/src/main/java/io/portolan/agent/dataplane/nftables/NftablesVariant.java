package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.kernel.SystemCallException;
import io.portolan.api.v1alpha1.Mode;
import java.util.Map;

/** Mode nftables as one of the ways to program the kernel. */
public final class NftablesVariant implements Variant {
  /** The tables of the rehearsal; no packet ever meets them. */
  private static final String SCRATCH = Table.NAME + "-rehearsal";

  @Override
  public Mode mode() {
    return Mode.NFTABLES;
  }

  @Override
  public String backend() {
    return "";
  }

  @Override
  public NftablesDataplane open(DataplaneSettings settings) {
    return NftablesDataplane.open();
  }

  /**
   * Writes both tables under another name, with every kind of set, map, chain and rule that there
   * is, in a batch that the kernel works through and takes back as a whole, the way {@code nft
   * --check} asks. Modules that it loads for it stay loaded.
   */
  @Override
  public Fitness fitness() {
    String kernel = "kernel " + System.getProperty("os.version");
    try (var socket = NetlinkSocket.open(NetlinkSocket.NETFILTER);
        var buffer = new NetlinkBuffer()) {
      try {
        var reader = new KernelReader(socket, buffer);
        // Rights and subsystem first, in a message that needs no more of either.
        reader.generation();
        var work = new Reconciliation(Map.of(), reader, Rehearsal.PLAN, Doors.OPEN);
        var rehearsal = new Transaction(buffer, 0, SCRATCH);
        NftablesDataplane.structure(rehearsal, work);
        rehearsal.change(work.change());
        rehearsal.rehearse();
        socket.transact(buffer);
      } catch (NetlinkException e) {
        return new Fitness(false, kernel + ": " + refusal(e, buffer));
      }
    } catch (SystemCallException e) {
      return new Fitness(false, kernel + ": no netlink socket for nf_tables: " + e.getMessage());
    }
    return new Fitness(true, kernel + ": nf_tables has all that mode nftables is made of");
  }

  private static String refusal(NetlinkException e, NetlinkBuffer buffer) {
    if (e.errno().equals(Errno.EPERM)) {
      return "the agent may not use nf_tables, it lacks CAP_NET_ADMIN: " + e.getMessage();
    }
    if (buffer.count() == 1) {
      return "no nf_tables here (CONFIG_NF_TABLES, module nf_tables): " + e.getMessage();
    }
    return "nf_tables refuses to "
        + Messages.describe(buffer, e.message(), e.offset())
        + ": "
        + e.getMessage();
  }
}
