package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Audit;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Differences between plan and kernel that audits found and repaired, in entries. */
public record DriftCount(long missing, long stale, long foreign, @Nullable Instant lastFound) {
  /** No audit found anything. */
  public static final DriftCount NONE = new DriftCount(0, 0, 0, null);

  DriftCount plus(Audit audit, Instant when) {
    return audit.clean()
        ? this
        : new DriftCount(
            missing + audit.missing(), stale + audit.stale(), foreign + audit.foreign(), when);
  }

  /** All kinds. */
  public long total() {
    return missing + stale + foreign;
  }
}
