package io.portolan.agent.sync;

import io.portolan.agent.others.OtherProxy;
import io.portolan.api.v1alpha1.ConntrackStatus;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.TakeoverStatus;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the node stands.
 *
 * @param message for people; the kernel's words after a failure
 * @param generation of the orders that this is about, 0 before there were any
 * @param held what the kernel holds, null when this process did not program it (yet)
 * @param drift what the audits of this process found
 * @param complaints what could not be done besides the plan
 * @param takeover how far it is; null: nobody ordered one
 * @param others other service proxies on the node
 * @param conntrack what the kernel has of connection tracking, null before there were orders
 */
public record SyncState(
    Phase phase,
    String message,
    long generation,
    @Nullable Held held,
    DriftCount drift,
    List<String> complaints,
    @Nullable ConntrackStatus conntrack,
    @Nullable TakeoverStatus takeover,
    List<OtherProxy> others) {

  /** What the loop is at. */
  public enum Phase {
    /** Something that it needs is not there yet; the kernel is left alone. */
    WAITING,
    /** The kernel holds the plan. */
    SYNCED,
    /** On the way to another mode; the one before serves until then. */
    SWITCHING,
    /** The way to another mode failed, and the one before serves on; it is tried again. */
    SWITCH_FAILED,
    /** Another proxy serves, and nobody ordered to take over from it: the kernel is left alone. */
    OTHER_PROXY,
    /** Beside kube-proxy, which has to leave the node. */
    TAKING_OVER,
    /** Until kube-proxy serves again. */
    GIVING_BACK,
    /** The kernel holds nothing of ours, because kube-proxy shall serve here. */
    GIVEN_BACK,
    /** The kernel refused the plan; it is tried again. */
    FAILED,
    /** The orders make no sense; those before stay in force. */
    REFUSED,
    /** The kernel holds nothing of ours, as ordered. */
    REMOVED
  }

  /**
   * What the kernel holds.
   *
   * @param mode null: nothing of ours is there, as the revision asks
   * @param backend of a mode with several, else empty
   * @param modeReason why this mode and backend, where the settings leave it open; else empty
   * @param services ports of Services, once for each family
   * @param lastSync when the kernel was last changed, or found equal to a changed plan
   */
  public record Held(
      String revision,
      @Nullable Mode mode,
      String backend,
      String modeReason,
      int services,
      int endpoints,
      Instant lastSync) {

    /** Whether the other differs at most in what moves with every change: numbers and times. */
    public boolean sameBut(@Nullable Held other) {
      return other != null
          && revision.equals(other.revision)
          && mode == other.mode
          && backend.equals(other.backend)
          && modeReason.equals(other.modeReason);
    }
  }

  /** The same for all of it. */
  public boolean sameBut(SyncState other) {
    return phase == other.phase
        && (held == null ? other.held == null : held.sameBut(other.held))
        && generation == other.generation
        && message.equals(other.message)
        && drift.equals(other.drift)
        && complaints.equals(other.complaints)
        && Objects.equals(conntrack, other.conntrack)
        && Objects.equals(takeover, other.takeover)
        && others.equals(other.others);
  }
}
