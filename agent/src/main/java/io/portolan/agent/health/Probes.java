package io.portolan.agent.health;

import io.portolan.agent.sync.SyncHealth;
import io.portolan.agent.sync.SyncState;
import java.time.Duration;

/** Decides what the probes answer. */
public final class Probes {
  /** Twice kube-proxy's sync period, as its own probe has it. */
  private static final Duration STALE = Duration.ofSeconds(60);

  /** Far above any write to the kernel that was ever measured. */
  private static final Duration STUCK = Duration.ofMinutes(5);

  private Probes() {}

  /**
   * What load balancers ask of the whole node: as {@link #proxy}, and not healthy while the node is
   * about to go, so that they turn elsewhere while it still serves (KEP-3836).
   */
  public static Verdict healthz(SyncHealth sync, boolean nodeLeaving) {
    Verdict proxy = proxy(sync);
    String reason = proxy.healthy() && nodeLeaving ? "the node is about to go" : proxy.reason();
    return new Verdict(reason.isEmpty(), reason, proxy.lastUpdated(), !nodeLeaving);
  }

  /**
   * Whether the proxy carries traffic as it should. That alone counts for the health checks of
   * Services, even on a node that is about to go, as in kube-proxy.
   */
  public static Verdict proxy(SyncHealth sync) {
    String reason = "";
    if (sync.phase() == SyncState.Phase.REMOVED) {
      reason = "removed, as ordered";
    } else if (sync.phase() == SyncState.Phase.OTHER_PROXY) {
      reason = "another proxy serves this node";
    } else if (sync.phase() == SyncState.Phase.GIVEN_BACK) {
      reason = ""; // As ordered: whoever serves here answers for that.
    } else if (sync.lastUpdated() == null) {
      reason = "the kernel was not programmed yet";
    } else if (sync.phase() == SyncState.Phase.FAILED) {
      reason = "the kernel refused the last change";
    } else if (sync.outstanding().compareTo(STALE) > 0) {
      reason = "a change waits since " + sync.outstanding().toSeconds() + " s";
    }
    return new Verdict(reason.isEmpty(), reason, sync.lastUpdated(), null);
  }

  /**
   * Whether a restart could help. Being without an API server, or without orders, is no reason.
   *
   * @param watching every informer is at work, connected or not
   */
  public static Verdict livez(SyncHealth sync, boolean watching) {
    String reason = "";
    if (!sync.alive()) {
      reason = "the sync thread has ended";
    } else if (sync.sinceLastTurn().compareTo(STUCK) > 0) {
      reason = "the sync thread hangs since " + sync.sinceLastTurn().toSeconds() + " s";
    } else if (!watching) {
      reason = "an informer has ended";
    }
    return new Verdict(reason.isEmpty(), reason, sync.lastUpdated(), null);
  }
}
