package io.portolan.agent.sync;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What probes need to know of the loop.
 *
 * @param alive the loop's thread runs
 * @param sinceLastTurn time since it last looked around; it does so every few seconds unless a
 *     write to the kernel takes longer
 * @param lastUpdated when the kernel was last known to hold the plan, null: never in this process
 * @param outstanding how long the oldest change has waited to reach the kernel; zero: none waits
 * @param phase how the node stands
 */
public record SyncHealth(
    boolean alive,
    Duration sinceLastTurn,
    @Nullable Instant lastUpdated,
    Duration outstanding,
    SyncState.Phase phase) {}
