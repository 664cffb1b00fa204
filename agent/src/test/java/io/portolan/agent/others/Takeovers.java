package io.portolan.agent.others;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.switching.Tryout;
import io.portolan.agent.switching.Wish;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.RunningLoop;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
import java.time.Duration;
import java.util.List;

/** The agent's whole loop, told to take a node over from kube-proxy, or to give it back. */
final class Takeovers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final RunningLoop loop;
  private final Wish wish;

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
    loop = new RunningLoop(node, RunningLoop.variants(), Tryout.NONE, neighbours, PATIENCE);
  }

  void offer(List<Change> changes) {
    loop.offer(changes);
  }

  void takeOver() {
    order(false, false);
  }

  void giveBack() {
    order(true, true);
  }

  private void order(boolean giveBack, boolean taken) {
    loop.order(wish, new Takeover(TakeoverFrom.KUBE_PROXY, giveBack), taken, Duration.ZERO);
  }

  /** Waits until the last orders have led there. */
  void await(SyncState.Phase phase) {
    loop.await(phase.toString(), now -> now.phase() == phase);
  }

  @Override
  public void close() {
    loop.close();
  }
}
