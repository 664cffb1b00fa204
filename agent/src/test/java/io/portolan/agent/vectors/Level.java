package io.portolan.agent.vectors;

import java.util.Optional;

/** How earnestly cases are tried. */
interface Level {
  /** Why the case is not for this level; empty when it is. */
  Optional<String> leavesOut(VectorCase vector);

  /** Tries the case; what goes wrong is told to the outcome or thrown. */
  void run(VectorCase vector, Outcome outcome) throws Exception;
}
