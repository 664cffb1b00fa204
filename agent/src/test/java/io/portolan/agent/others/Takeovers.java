package io.portolan.agent.others;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.IptablesVariant;
import io.portolan.agent.dataplane.nftables.NftablesVariant;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.switching.Tryout;
import io.portolan.agent.switching.Wish;
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
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The agent's whole loop, told to take a node over from kube-proxy, or to give it back. */
final class Takeovers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final SyncLoop loop;
  private final Wish wish;
  private long generation;
  private @Nullable SyncState state;

  /**
   * Starts the loop in the network namespace of this thread.
   *
   * @param backend of mode iptables; auto: mode nftables
   */
  Takeovers(String node, IptablesBackend backend, Neighbours neighbours) {
    wish =
        new Wish(
            backend == IptablesBackend.AUTO ? Mode.NFTABLES : Mode.IPTABLES,
            backend,
            new DataplaneSettings(1 << 12));
    var sysctl = new Sysctl(Path.of("/proc/sys/net"));
    loop =
        new SyncLoop(
            node,
            List.of(
                new NftablesVariant(),
                new IptablesVariant(Backend.NFT, sysctl),
                new IptablesVariant(Backend.LEGACY, sysctl)),
            Tryout.NONE,
            neighbours,
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

  private synchronized void told(SyncState now) {
    state = now;
    notifyAll();
  }

  void offer(List<Change> changes) {
    changes.forEach(loop::offer);
  }

  void takeOver() {
    order(false, false);
  }

  void giveBack() {
    order(true, true);
  }

  private void order(boolean giveBack, boolean taken) {
    generation++;
    loop.offer(
        new Change.OfOrders(
            new Orders(
                generation,
                "r" + generation,
                false,
                wish,
                new Takeover(TakeoverFrom.KUBE_PROXY, giveBack),
                taken,
                TrafficRule.DEFAULT,
                AffinityRule.AS_ASKED,
                Duration.ZERO,
                Duration.ZERO,
                null,
                LogLevel.INFO)));
  }

  /** Waits until the last orders have led there. */
  synchronized void await(SyncState.Phase phase) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (state == null || state.phase() != phase || state.generation() != generation) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError("not within " + PATIENCE + ": " + phase + "; is " + state);
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
