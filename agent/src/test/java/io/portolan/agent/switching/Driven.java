package io.portolan.agent.switching;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.RunningLoop;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;
import java.time.Duration;
import java.util.List;

/** The whole loop over real variants, and who gives it orders and waits until they are obeyed. */
final class Driven implements AutoCloseable {
  /** One way to program the kernel, as orders and status name it. */
  enum Way {
    NFTABLES(Mode.NFTABLES, IptablesBackend.AUTO, "nftables"),
    LEGACY(Mode.IPTABLES, IptablesBackend.LEGACY, "iptables-legacy"),
    NFT(Mode.IPTABLES, IptablesBackend.NFT, "iptables-nft");

    private final Mode mode;
    private final IptablesBackend backend;
    private final String variant;

    Way(Mode mode, IptablesBackend backend, String variant) {
      this.mode = mode;
      this.backend = backend;
      this.variant = variant;
    }

    /** The name of the variant. */
    String variant() {
      return variant;
    }

    private boolean is(SyncState.Held held) {
      return held.mode() == mode
          && (mode == Mode.NFTABLES || held.backend().equals(backend.word()));
    }
  }

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final RunningLoop loop;
  private final Duration audits;

  /**
   * Starts the loop, in the network namespace of this thread, with nothing to do.
   *
   * @param audits time between audits; zero: none
   */
  Driven(Tryout tryout, Calls.Listener listener, Duration audits) {
    this.audits = audits;
    List<Calls> variants =
        RunningLoop.variants().stream().map(variant -> new Calls(variant, listener)).toList();
    loop = new RunningLoop(Cluster.NODE, variants, tryout, Neighbours.NONE, PATIENCE);
  }

  void offer(List<Change> changes) {
    loop.offer(changes);
  }

  /** Orders a mode, with a new revision. */
  void order(Way way) {
    order(way, 12);
  }

  /** Orders a mode whose packets have a bit of their mark. */
  void order(Way way, int markBit) {
    var wish = new Wish(way.mode, way.backend, new DataplaneSettings(1 << markBit));
    loop.order(wish, null, false, audits);
  }

  /** Waits until the last orders are obeyed. */
  SyncState awaitSynced(Way way) {
    return loop.await(
        way.variant() + " serves alone",
        now ->
            now.phase() == SyncState.Phase.SYNCED
                && now.held() != null
                && now.held().revision().equals(loop.revision())
                && way.is(now.held()));
  }

  /** Waits until the way to a mode has failed. */
  SyncState awaitFailed() {
    return loop.await("the switch fails", now -> now.phase() == SyncState.Phase.SWITCH_FAILED);
  }

  @Override
  public void close() {
    loop.close();
  }
}
