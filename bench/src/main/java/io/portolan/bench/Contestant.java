package io.portolan.bench;

import java.time.Duration;
import java.util.OptionalDouble;

/** Who runs: starts its process in the node's namespace. */
sealed interface Contestant permits KubeProxyContestant, AgentContestant {
  /** For tables. */
  String title();

  /** Makes what it needs in the API; after each reset. */
  void prepare(Api api, Mode mode);

  /** Starts it; the kernel stays as it is. */
  Running start(Mode mode);

  /**
   * Milliseconds from the start of its process until main() began; empty where there is no such
   * time to speak of.
   */
  OptionalDouble startup(Running running);

  /** How long it is left alone between two changes, so that none waits for another. */
  Duration pause();

  /** Port of its metrics on the node. */
  int metricsPort();
}
