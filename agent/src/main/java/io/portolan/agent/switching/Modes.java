package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modes in this node's kernel: the one that serves, the one that comes, and those that go. One
 * thread's.
 *
 * <p>Nothing is remembered but the kernel. What serves there at the start is adopted, be it what
 * was asked for or not; the way to what was asked for begins from there. So an agent that dies in
 * the middle of a {@link Switch} is followed by one that goes on, and the traffic never notices.
 */
public final class Modes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Modes.class);

  private static final Duration FRESH = Duration.ofSeconds(10);

  private final List<Variant> variants;
  private final Tryout tryout;
  private final Bequest bequest;
  private final Worker worker;
  private final Failures failures = new Failures();
  private final List<Retirement> retiring = new ArrayList<>();
  private @Nullable Lane serving;
  private @Nullable Switch going;
  private @Nullable Wish wish;
  private @Nullable Chosen chosen;

  /** What was there when it was last looked at; null: not looked, or changed since. */
  private @Nullable Seen seen;

  /** Failed variants that the choice has passed over. */
  private Set<Variant> passedOver = Set.of();

  /**
   * @param variants every way to program the kernel, the best first
   * @param other how a proxy that is not ours remembers its clients
   * @param progress told when something that was waited for has ended, on any thread
   */
  public Modes(List<? extends Variant> variants, Tryout tryout, Memory other, Runnable progress) {
    this.variants = List.copyOf(variants);
    this.tryout = tryout;
    this.bequest = new Bequest(other);
    this.worker = new Worker(progress);
  }

  private record Seen(Map<Variant, Doors> found, long at) {}

  /**
   * Looks at what is in the kernel, for whoever asks within the next seconds: at the start there is
   * nothing else to do until the API server has told what to serve.
   */
  public void look() {
    seen = new Seen(found(), System.nanoTime());
  }

  private Map<Variant, Doors> there() {
    Seen known = seen;
    return known != null && System.nanoTime() - known.at() < FRESH.toNanos()
        ? known.found()
        : found();
  }

  /** What serves now; null: none of ours does. */
  public @Nullable Variant serving() {
    return serving == null ? null : serving.variant();
  }

  /** Whether something of ours serves in this node's kernel, by this process or another one. */
  public boolean serves() {
    return serving != null || there().values().stream().anyMatch(Doors::serve);
  }

  /**
   * Makes the kernel hold the plan in the mode that serves there, whatever else it holds. Where
   * none does, in the mode that is asked for.
   *
   * @throws DataplaneException when the kernel refuses; this must be called again then
   */
  public Audit replace(Wish asked, Plan plan) {
    Lane lane = serving;
    if (lane != null) {
      return lane.replace(plan, lane.doors());
    }
    Map<Variant, Doors> there = there();
    seen = null;
    Variant now = there.keySet().stream().filter(v -> serves(there, v)).findFirst().orElse(null);
    choose(asked, now);
    Variant wanted = Objects.requireNonNull(chosen).variant();
    boolean detour = now != null && !serves(there, wanted);
    Lane target = new Lane(detour ? Objects.requireNonNull(now) : wanted, asked.settings());
    Audit audit;
    try {
      audit = open(target, plan);
    } catch (DataplaneException e) {
      if (!detour) {
        throw e;
      }
      log.warn("{} serves, but cannot be adopted: {} follows at once", now, wanted.name(), e);
      target = new Lane(wanted, asked.settings());
      audit = open(target, plan);
    }
    serving = target;
    log.info("{} serves", target.name());
    Variant served = target.variant();
    there.forEach(
        (variant, doors) -> {
          if (!variant.equals(served)) {
            retire(new Lane(variant, asked.settings()), doors, plan);
          }
        });
    return audit;
  }

  private Audit open(Lane lane, Plan plan) {
    try {
      return lane.replace(plan, Doors.OPEN);
    } catch (RuntimeException e) {
      lane.close();
      failures.add(lane.variant(), String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /**
   * Begins to program the mode that is asked for beside a proxy that is not ours, and that serves.
   * {@link #steer} leads on.
   */
  public void prepare(Wish asked) {
    seen = null;
    if (serving == null && going == null) {
      choose(asked, null);
    }
  }

  /** Carries a change of the plan to every mode that has to follow. */
  public void apply(PlanDelta delta) {
    if (serving != null) {
      serving.apply(delta);
    }
    if (going != null) {
      going.changed(delta);
    }
  }

  /** What the kernel holds is not known any more; a switch does not go on over that. */
  public void doubt() {
    if (going != null) {
      going.callOff("what the kernel holds is not known");
    }
  }

  /**
   * Goes on with whatever is to do, without waiting for anything.
   *
   * @param plan what the serving mode holds
   */
  public Standing steer(Wish asked, Supplier<Plan> plan) {
    boolean other = !asked.equals(wish);
    if (going != null) {
      if (other) {
        going.callOff("something else is asked for");
      }
      if (!going.advance(plan)) {
        return new Standing.Underway(going.words());
      }
      ended(going);
    }
    Optional<Standing> leaving = retirements();
    Lane lane = serving;
    if (other || !failures.all().keySet().equals(passedOver)) {
      choose(asked, lane == null ? null : lane.variant());
    }
    Chosen target = Objects.requireNonNull(chosen);
    if (lane == null || !lane.variant().equals(target.variant())) {
      Optional<String> why = failures.fresh(target.variant());
      if (why.isPresent()) {
        return new Standing.Refused(why.get());
      }
      // The worker ends what it has begun of that before it prepares anything.
      retiring.removeIf(each -> each.variant().equals(target.variant()));
      var coming = new Lane(target.variant(), asked.settings());
      going = new Switch(lane, coming, bequest, tryout, worker);
      going.advance(plan);
      return new Standing.Underway(going.words());
    }
    if (!lane.settings().equals(asked.settings())) {
      lane.close();
      var next = new Lane(lane.variant(), asked.settings());
      next.replace(plan.get(), Doors.OPEN);
      serving = next;
    }
    return leaving.orElseGet(() -> new Standing.Steady(target));
  }

  private void ended(Switch past) {
    going = null;
    Lane left = serving;
    if (past.step() == Switch.Step.DONE) {
      serving = past.coming();
      failures.clear();
      if (left != null) {
        retiring.add(new Retirement(left, worker));
      }
    } else {
      if (!past.failure().isEmpty()) {
        failures.add(past.coming().variant(), past.failure());
      }
      if (past.left()) {
        retiring.add(new Retirement(past.coming(), worker));
      }
    }
  }

  private void choose(Wish asked, @Nullable Variant now) {
    if (!asked.equals(wish)) {
      failures.clear();
    }
    Chosen before = asked.equals(wish) ? chosen : null;
    passedOver = Set.copyOf(failures.all().keySet());
    Chosen next = new Choice(asked, variants, now, failures.all()).make();
    wish = asked;
    // Why it was taken stays true while it serves.
    chosen = before != null && before.variant().equals(next.variant()) ? before : next;
  }

  /** What is left of other modes, if there is something to say of it. */
  private Optional<Standing> retirements() {
    Standing standing = null;
    for (Iterator<Retirement> all = retiring.iterator(); all.hasNext(); ) {
      Retirement each = all.next();
      if (each.over()) {
        all.remove();
      } else if (standing == null || each.failure().isPresent()) {
        standing =
            each.failure()
                .<Standing>map(Standing.Refused::new)
                .orElseGet(() -> new Standing.Underway(each.words()));
      }
    }
    return Optional.ofNullable(standing);
  }

  /** Clients of a mode that still serves beside the one that was adopted keep their endpoints. */
  private void retire(Lane lane, Doors doors, Plan plan) {
    if (doors.serve()) {
      try {
        lane.replace(plan, Doors.EXIT);
        List<StickyClient> clients = lane.clients();
        if (serving != null) {
          serving.remember(clients);
        }
      } catch (RuntimeException e) {
        log.warn("clients of {} are not carried over", lane.name(), e);
      }
    }
    retiring.add(new Retirement(lane, worker));
  }

  /**
   * Looks for what another process or hand has left of modes that do not serve, and removes it.
   * Does nothing during a switch.
   */
  public void tidy(Wish asked) {
    if (going == null && serving != null && retiring.isEmpty()) {
      found()
          .forEach(
              (variant, doors) -> {
                if (!variant.equals(serving())) {
                  log.warn("{} is in the kernel, though {} serves", variant.name(), serving());
                  retiring.add(new Retirement(new Lane(variant, asked.settings()), worker));
                }
              });
    }
  }

  /** Lets the agent's probes pass by what serves, or no longer. */
  public void avoidProbes(boolean avoid) {
    if (serving != null && going == null) {
      serving.doors(avoid ? Doors.NO_PROBES : Doors.OPEN);
    }
  }

  /** The clients of another proxy, which is about to go, keep their endpoints. */
  public void takeClients(Plan plan) {
    if (serving != null) {
      bequest.take(serving, plan);
    }
  }

  /** Our clients keep their endpoints with another proxy too, as soon as it has room for them. */
  public void shareClients(Supplier<Plan> plan) {
    if (serving != null && going == null) {
      bequest.share(serving, plan);
    }
  }

  /**
   * Takes everything of ours out of the kernel, once a task that runs has ended. Clients keep their
   * endpoints if another proxy serves.
   *
   * @return whether it is done
   */
  public boolean remove(Wish asked, Supplier<Plan> plan) {
    seen = null;
    if (going != null) {
      going.callOff("everything is removed");
      if (!going.advance(plan)) {
        return false;
      }
      going = null;
    }
    if (retirements().filter(Standing.Underway.class::isInstance).isPresent()) {
      return false;
    }
    retiring.clear();
    if (serving != null) {
      bequest.leave(serving, plan.get());
      serving.close();
      serving = null;
    }
    for (Variant variant : found().keySet()) {
      try (var lane = new Lane(variant, asked.settings())) {
        lane.remove();
      }
    }
    wish = null;
    chosen = null;
    return true;
  }

  private Map<Variant, Doors> found() {
    var there = new LinkedHashMap<Variant, Doors>();
    // The settings do not matter for a look.
    for (Variant variant : variants) {
      try (var lane = new Lane(variant, Failures.ANY_SETTINGS)) {
        lane.found().ifPresent(doors -> there.put(variant, doors));
      } catch (DataplaneException e) {
        log.debug("{} cannot be looked for", variant.name(), e);
      }
    }
    return there;
  }

  private static boolean serves(Map<Variant, Doors> there, Variant variant) {
    Doors doors = there.get(variant);
    return doors != null && doors.serve();
  }

  /** The kernel keeps its state. */
  @Override
  public void close() {
    worker.close();
    if (serving != null) {
      serving.close();
    }
  }
}
