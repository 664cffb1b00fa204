package io.portolan.agent.switching;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.IptablesVariant;
import io.portolan.agent.dataplane.nftables.NftablesVariant;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.sync.Backoff;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.ConntrackCleaner;
import io.portolan.agent.sync.NodeTuning;
import io.portolan.agent.sync.Orders;
import io.portolan.agent.sync.SyncLoop;
import io.portolan.agent.sync.SyncObserver;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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

  private final SyncLoop loop;
  private final Duration audits;
  private long generation;
  private @Nullable SyncState state;

  /**
   * Starts the loop, in the network namespace of this thread, with nothing to do.
   *
   * @param audits time between audits; zero: none
   */
  Driven(Tryout tryout, Calls.Listener listener, Duration audits) {
    this.audits = audits;
    loop =
        new SyncLoop(
            Cluster.NODE,
            variants(listener),
            tryout,
            Neighbours.NONE,
            ConntrackCleaner::open,
            new NodeTuning(new Sysctl(Path.of("nowhere")), 1, level -> {}),
            new SyncObserver() {
              @Override
              public void state(SyncState now) {
                told(now);
              }
            },
            new Backoff(Duration.ofMillis(50), Duration.ofMillis(500)));
    loop.start();
  }

  private static List<Variant> variants(Calls.Listener listener) {
    var sysctl = new Sysctl(Path.of("/proc/sys/net"));
    return List.of(
        new Calls(new NftablesVariant(), listener),
        new Calls(new IptablesVariant(Backend.NFT, sysctl), listener),
        new Calls(new IptablesVariant(Backend.LEGACY, sysctl), listener));
  }

  private synchronized void told(SyncState now) {
    state = now;
    notifyAll();
  }

  void offer(List<Change> changes) {
    changes.forEach(loop::offer);
  }

  /** Orders a mode, with a new revision. */
  void order(Way way) {
    order(way, 12);
  }

  /** Orders a mode whose packets have a bit of their mark. */
  void order(Way way, int markBit) {
    generation++;
    loop.offer(
        new Change.OfOrders(
            new Orders(
                generation,
                "r" + generation,
                false,
                new Wish(way.mode, way.backend, new DataplaneSettings(1 << markBit)),
                null,
                false,
                TrafficRule.DEFAULT,
                AffinityRule.AS_ASKED,
                Duration.ZERO,
                audits,
                null,
                LogLevel.INFO)));
  }

  /** Waits until the last orders are obeyed. */
  SyncState awaitSynced(Way way) {
    return await(
        way.variant() + " serves alone, by revision " + generation,
        now ->
            now.phase() == SyncState.Phase.SYNCED
                && now.held() != null
                && now.held().revision().equals("r" + generation)
                && way.is(now.held()));
  }

  /** Waits until the way to a mode has failed. */
  SyncState awaitFailed() {
    return await(
        "the switch fails",
        now -> now.phase() == SyncState.Phase.SWITCH_FAILED && now.generation() == generation);
  }

  private synchronized SyncState await(String what, Predicate<SyncState> reached) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    SyncState now = state;
    while (now == null || !reached.test(now)) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError("not within " + PATIENCE + ": " + what + "; is " + now);
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
      now = state;
    }
    return now;
  }

  @Override
  public void close() {
    loop.close();
  }
}
