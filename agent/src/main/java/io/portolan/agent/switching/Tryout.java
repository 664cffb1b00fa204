package io.portolan.agent.switching;

import io.portolan.agent.plan.Plan;
import java.util.Optional;

/** Real connections that show whether a mode serves. Used by one thread at a time. */
public interface Tryout {
  /** Nobody objects. */
  Tryout NONE = (plan, everyone) -> Optional.empty();

  /**
   * Makes some connections, within twelve seconds.
   *
   * @param plan what the kernel holds
   * @param everyone whether the mode serves everyone; else only packets from {@link
   *     io.portolan.agent.plan.ProbeSource}
   * @return what speaks against the mode; empty also where nothing can be measured
   */
  Optional<String> objection(Plan plan, boolean everyone);
}
