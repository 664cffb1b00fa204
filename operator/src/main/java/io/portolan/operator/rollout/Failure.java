package io.portolan.operator.rollout;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a revision must not go on.
 *
 * @param reason one word, such as {@code NodeNotReady}
 * @param node the first node that failed
 * @param message its own words
 * @param retry the annotation {@code portolan.io/retry} at that time
 */
public record Failure(
    String revision,
    String reason,
    String node,
    String message,
    Instant at,
    @Nullable String retry) {}
