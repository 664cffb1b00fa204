package io.portolan.agent.probe;

import org.jspecify.annotations.Nullable;

/**
 * A window in three numbers.
 *
 * @param sent connections, without void ones
 * @param failed those of them that failed
 * @param medianMicros of those that were answered, in microseconds; null when none was
 */
record Figures(int sent, int failed, @Nullable Integer medianMicros) {}
