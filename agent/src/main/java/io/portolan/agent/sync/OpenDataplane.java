package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A dataplane that is opened when first needed, and anew after a failure: what made it fail may
 * have been the connection to the kernel itself. One thread's.
 */
final class OpenDataplane implements AutoCloseable {
  private final Supplier<? extends Dataplane> opener;
  private @Nullable Dataplane open;

  OpenDataplane(Supplier<? extends Dataplane> opener) {
    this.opener = opener;
  }

  Audit replace(Plan plan) {
    var audit = new Audit[1];
    use(dataplane -> audit[0] = dataplane.replace(plan, Doors.OPEN));
    return audit[0];
  }

  void apply(PlanDelta delta) {
    use(dataplane -> dataplane.apply(delta));
  }

  void remove() {
    use(Dataplane::remove);
  }

  private void use(Consumer<Dataplane> action) {
    Dataplane dataplane = open == null ? opener.get() : open;
    open = dataplane;
    try {
      action.accept(dataplane);
    } catch (RuntimeException e) {
      try {
        close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  @Override
  public void close() {
    Dataplane dataplane = open;
    open = null;
    if (dataplane != null) {
      dataplane.close();
    }
  }
}
