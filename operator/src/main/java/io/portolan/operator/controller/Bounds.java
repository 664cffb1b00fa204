package io.portolan.operator.controller;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param release from the order to clean a node's kernel until the operator no longer waits for the
 *     agent's answer
 * @param removal from the deletion of a ProxyConfig until its finalizer goes, whatever is left
 * @param resync the longest time between two looks at a ProxyConfig
 */
public record Bounds(Duration release, Duration removal, Duration resync) {
  /** What a cluster gets. */
  public static final Bounds DEFAULT =
      new Bounds(Duration.ofSeconds(60), Duration.ofSeconds(90), Duration.ofMinutes(5));
}
