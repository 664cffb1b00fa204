package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.IptablesVariant;
import io.portolan.agent.dataplane.nftables.NftablesVariant;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.switching.Tryout;
import io.portolan.agent.switching.Wish;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.Takeover;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The agent's whole loop, and who gives it orders and waits until they are obeyed. */
public final class RunningLoop implements AutoCloseable {
  private final Duration patience;
  private final SyncLoop loop;
  private long generation;
  private @Nullable SyncState state;

  /**
   * Starts the loop, in the network namespace of this thread, with nothing to do.
   *
   * @param patience how long a wait may last
   */
  public RunningLoop(
      String node,
      List<? extends Variant> variants,
      Tryout tryout,
      Neighbours neighbours,
      Duration patience) {
    this.patience = patience;
    loop =
        new SyncLoop(
            node,
            variants,
            tryout,
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

  /** Every way to program the kernel, the best first. */
  public static List<Variant> variants() {
    var sysctl = new Sysctl(Path.of("/proc/sys/net"));
    return List.of(
        new NftablesVariant(),
        new IptablesVariant(Backend.NFT, sysctl),
        new IptablesVariant(Backend.LEGACY, sysctl));
  }

  private synchronized void told(SyncState now) {
    state = now;
    notifyAll();
  }

  /** Queues what happened in the cluster. */
  public void offer(List<Change> changes) {
    changes.forEach(loop::offer);
  }

  /**
   * Gives orders, with a new revision.
   *
   * @param audits time between audits; zero: none
   */
  public void order(Wish wish, @Nullable Takeover takeover, boolean taken, Duration audits) {
    generation++;
    loop.offer(
        new Change.OfOrders(
            new Orders(
                generation,
                revision(),
                false,
                wish,
                takeover,
                taken,
                TrafficRule.DEFAULT,
                AffinityRule.AS_ASKED,
                Duration.ZERO,
                audits,
                null,
                LogLevel.INFO)));
  }

  /** The revision of the last orders. */
  public String revision() {
    return "r" + generation;
  }

  /** Waits until the last orders have led there. */
  public synchronized SyncState await(String what, Predicate<SyncState> reached) {
    long end = System.nanoTime() + patience.toNanos();
    SyncState now = state;
    while (now == null || now.generation() != generation || !reached.test(now)) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError(
            "not within %s: %s, by %s; is %s".formatted(patience, what, revision(), now));
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
