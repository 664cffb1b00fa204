package io.portolan.agent.dataplane;

import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The code of one mode: turns a plan into kernel state. Used by one thread at a time, and never
 * touches what another mode has in the kernel.
 *
 * <p>Every change is made whole or not at all; after a {@link DataplaneException} the kernel holds
 * what it held before.
 */
public interface Dataplane extends AutoCloseable {

  /**
   * What the kernel has of this mode, by this process or another one: empty when there is nothing
   * of it, else how wide its doors stand. Where the families or hooks differ the widest counts, so
   * that what serves anyone is {@link Doors#serve}. Reads only.
   */
  Optional<Doors> found();

  /**
   * Reads what the kernel holds of this mode, from an earlier run or another hand, and makes it
   * hold exactly this plan behind these doors, changing only what differs. Traffic that the old
   * state and the plan agree on is not touched. A plan behind wider doors than before is there
   * before they open.
   *
   * @return what differed, doors included
   */
  Audit replace(Plan plan, Doors doors);

  /**
   * Carries a change of the plan to the kernel; the cost depends on the change alone. {@link
   * #replace} comes first. Doors stay as they are.
   */
  void apply(PlanDelta delta);

  /**
   * Sets the doors and nothing else. {@link #replace} comes first. An exit opens before its
   * entrance and closes after it, so that no packet comes in that could not leave.
   */
  void doors(Doors doors);

  /**
   * The clients that the kernel remembers for Services with affinity. {@link #replace} comes first.
   * Each service and client at most once.
   */
  List<StickyClient> clients();

  /**
   * Makes the kernel remember clients, each for as long as it says. {@link #replace} comes first.
   * Left out are a client that is remembered for the service already, and one whose service has no
   * affinity or no such endpoint here.
   *
   * @return how many were added
   */
  int remember(Collection<StickyClient> clients);

  /** Removes everything of this mode from the kernel, and verifies that it is gone. */
  void remove();

  /** Releases what the object holds; the kernel keeps its state. */
  @Override
  void close();
}
