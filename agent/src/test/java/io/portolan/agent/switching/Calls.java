package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.api.v1alpha1.Mode;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A real variant whose every call somebody is told of, who may spoil it. */
final class Calls implements Variant {
  /** Is told before and after each call that comes to the kernel; may throw, or end the process. */
  interface Listener {
    /**
     * Before the call.
     *
     * @param variant its name
     * @param call its name and what it is about, such as {@code doors OPEN}
     */
    void before(String variant, String call);

    /** After the call, if it did not fail. */
    default void after(String variant, String call) {}
  }

  private final Variant real;
  private final Listener listener;

  Calls(Variant real, Listener listener) {
    this.real = real;
    this.listener = listener;
  }

  @Override
  public Mode mode() {
    return real.mode();
  }

  @Override
  public String backend() {
    return real.backend();
  }

  @Override
  public Fitness fitness() {
    return heard("fitness", real::fitness);
  }

  @Override
  public Optional<String> preferred() {
    return real.preferred();
  }

  @Override
  public Dataplane open(DataplaneSettings settings) {
    return new Heard(real.open(settings));
  }

  @Override
  public String toString() {
    return name();
  }

  private <T> T heard(String call, Supplier<T> work) {
    listener.before(name(), call);
    T result = work.get();
    listener.after(name(), call);
    return result;
  }

  private final class Heard implements Dataplane {
    private final Dataplane kernel;

    Heard(Dataplane kernel) {
      this.kernel = kernel;
    }

    @Override
    public Optional<Doors> found() {
      return heard("found", kernel::found);
    }

    @Override
    public Audit replace(Plan plan, Doors doors) {
      return heard("replace " + doors, () -> kernel.replace(plan, doors));
    }

    @Override
    public void apply(PlanDelta delta) {
      heard("apply", () -> kernel.apply(delta));
    }

    @Override
    public void doors(Doors doors) {
      heard("doors " + doors, () -> kernel.doors(doors));
    }

    @Override
    public List<StickyClient> clients() {
      return heard("clients", kernel::clients);
    }

    @Override
    public int remember(Collection<StickyClient> clients) {
      return heard("remember", () -> kernel.remember(clients));
    }

    @Override
    public void remove() {
      heard("remove", kernel::remove);
    }

    @Override
    public void close() {
      heard("close", kernel::close);
    }

    private void heard(String call, Runnable work) {
      Calls.this.heard(
          call,
          () -> {
            work.run();
            return call;
          });
    }

    private <T> T heard(String call, Supplier<T> work) {
      return Calls.this.heard(call, work);
    }
  }
}
