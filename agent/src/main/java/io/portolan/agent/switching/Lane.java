package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One variant in the kernel. It is opened when first needed, and anew after a failure: what made it
 * fail may have been the connection to the kernel itself. Used by one thread at a time.
 */
final class Lane implements AutoCloseable {
  private final Variant variant;
  private final DataplaneSettings settings;
  private @Nullable Dataplane open;
  private Doors doors = Doors.CLOSED;

  /** Whether the open dataplane knows what the kernel holds. */
  private boolean known;

  Lane(Variant variant, DataplaneSettings settings) {
    this.variant = variant;
    this.settings = settings;
  }

  Variant variant() {
    return variant;
  }

  String name() {
    return variant.name();
  }

  DataplaneSettings settings() {
    return settings;
  }

  /** How the doors were last set. */
  Doors doors() {
    return doors;
  }

  /** Whether nothing has failed since the last {@link #replace}; else only that helps. */
  boolean known() {
    return known;
  }

  Optional<Doors> found() {
    return use(Dataplane::found);
  }

  Audit replace(Plan plan, Doors wanted) {
    Audit audit = use(d -> d.replace(plan, wanted));
    known = true;
    doors = wanted;
    return audit;
  }

  void apply(PlanDelta delta) {
    run(d -> d.apply(delta));
  }

  void doors(Doors wanted) {
    run(d -> d.doors(wanted));
    doors = wanted;
  }

  List<StickyClient> clients() {
    return use(Dataplane::clients);
  }

  int remember(Collection<StickyClient> clients) {
    return clients.isEmpty() ? 0 : use(d -> d.remember(clients));
  }

  /**
   * Takes everything of it out of the kernel.
   *
   * @throws DataplaneException also when something of it is there afterwards
   */
  void remove() {
    run(Dataplane::remove);
    known = false;
    doors = Doors.CLOSED;
    found()
        .ifPresent(
            left -> {
              throw new DataplaneException(
                  "something of " + name() + " is there again after it was removed", null);
            });
  }

  private void run(Consumer<Dataplane> action) {
    use(
        d -> {
          action.accept(d);
          return d;
        });
  }

  private <T> T use(Function<Dataplane, T> action) {
    Dataplane dataplane = open == null ? variant.open(settings) : open;
    open = dataplane;
    try {
      return action.apply(dataplane);
    } catch (RuntimeException e) {
      try {
        close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** The kernel keeps its state. */
  @Override
  public void close() {
    Dataplane dataplane = open;
    open = null;
    known = false;
    if (dataplane != null) {
      dataplane.close();
    }
  }
}
