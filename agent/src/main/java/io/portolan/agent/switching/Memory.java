package io.portolan.agent.switching;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.Plan;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Clients with affinity as a proxy that is not ours remembers them in the kernel. Used by the
 * loop's thread alone; whatever is read or written is of the network namespace of that thread.
 */
public interface Memory {
  /** There is nobody else, or nothing is known of how it remembers. */
  Memory NONE =
      new Memory() {
        @Override
        public List<StickyClient> clients(Plan plan) {
          return List.of();
        }

        @Override
        public int remember(Plan plan, Supplier<? extends Collection<StickyClient>> clients) {
          return 0;
        }
      };

  /**
   * Who keeps to which endpoint.
   *
   * @return of the Services and endpoints of the plan alone; each service and client at most once
   * @throws RuntimeException when the kernel does not let itself be read
   */
  List<StickyClient> clients(Plan plan);

  /**
   * Makes the other proxy remember clients. Left out is one that it keeps to another endpoint
   * already.
   *
   * @param clients asked for only where the other proxy has a memory for anything of the plan
   * @return how many of them it keeps to their endpoints then; 0: it has no room for any
   * @throws RuntimeException when the kernel refuses; some may have been written then
   */
  int remember(Plan plan, Supplier<? extends Collection<StickyClient>> clients);
}
