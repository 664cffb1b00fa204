package io.portolan.agent.sync;

import io.portolan.agent.plan.OpeningFlows;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.service.IpFamily;

/** Makes the kernel forget flows. Used by one thread. */
public interface FlowCleaner extends AutoCloseable {

  /**
   * Ends the flows of one family that are stale, and no other.
   *
   * @return how many
   * @throws RuntimeException when the kernel refuses; some may be ended
   */
  int clean(IpFamily family, StaleFlows stale);

  /**
   * Ends the unanswered connections of one family that are among these.
   *
   * @return how many
   * @throws RuntimeException when the kernel refuses; some may be ended
   */
  int clean(IpFamily family, OpeningFlows opening);

  /** Releases what the object holds. */
  @Override
  void close();
}
