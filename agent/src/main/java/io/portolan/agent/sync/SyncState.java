package io.portolan.agent.sync;

import io.portolan.api.v1alpha1.ConntrackStatus;
import io.portolan.api.v1alpha1.Mode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the node stands.
 *
 * @param message for people; the kernel's words after a failure
 * @param generation of the orders that this is about, 0 before there were any
 * @param held what the kernel holds, null when this process did not program it (yet)
 * @param drift what the audits of this process found
 * @param complaints what could not be done besides the plan
 * @param conntrack what the kernel has of connection tracking, null before there were orders
 */
public record SyncState(
    Phase phase,
    String message,
    long generation,
    @Nullable Held held,
    DriftCount drift,
    List<String> complaints,
    @Nullable ConntrackStatus conntrack) {

  /** What the loop is at. */
  public enum Phase {
    /** Something that it needs is not there yet; the kernel is left alone. */
    WAITING,
    /** The kernel holds the plan. */
    SYNCED,
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
   * @param services ports of Services, once for each family
   * @param lastSync when the kernel was last changed, or found equal to a changed plan
   */
  public record Held(String revision, Mode mode, int services, int endpoints, Instant lastSync) {}
}
