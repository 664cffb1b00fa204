package io.portolan.agent.dataplane;

import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;

/**
 * The code of one mode: turns a plan into kernel state. Used by one thread.
 *
 * <p>Every change is made whole or not at all; after a {@link DataplaneException} the kernel holds
 * what it held before.
 */
public interface Dataplane extends AutoCloseable {

  /**
   * Reads what the kernel holds of this mode, from an earlier run or another hand, and makes it
   * hold exactly this plan, changing only what differs. Traffic that the old state and the plan
   * agree on is not touched.
   *
   * @return what differed
   */
  Audit replace(Plan plan);

  /**
   * Carries a change of the plan to the kernel; the cost depends on the change alone. {@link
   * #replace} comes first.
   */
  void apply(PlanDelta delta);

  /** Removes everything of this mode from the kernel, and verifies that it is gone. */
  void remove();

  /** Releases what the object holds; the kernel keeps its state. */
  @Override
  void close();
}
