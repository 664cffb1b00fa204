package io.portolan.operator.controller;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param release from the order to clean a node's kernel until the operator no longer waits for the
 *     agent's answer
 * @param giveBack the same where kube-proxy has to come back first; its image may have to be pulled
 * @param removal from the deletion of a ProxyConfig until its finalizer goes, whatever is left; at
 *     least {@code giveBack} more while kube-proxy is waited for
 * @param resync the longest time between two looks at a ProxyConfig
 */
public record Bounds(Duration release, Duration giveBack, Duration removal, Duration resync) {
  /** What a cluster gets. */
  public static final Bounds DEFAULT =
      new Bounds(
          Duration.ofSeconds(60),
          Duration.ofMinutes(5),
          Duration.ofSeconds(90),
          Duration.ofMinutes(5));

  /** How long to wait for the answer of an agent that was told to clean up. */
  Duration release(boolean taken) {
    return taken ? giveBack : release;
  }

  /** How long to wait for the last node of a ProxyConfig that is being deleted. */
  Duration removal(boolean taken) {
    return taken ? removal.plus(giveBack) : removal;
  }
}
