package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from the mode that serves to another one: make before break. docs/design/switch.md has
 * the steps and what each does to either mode. Whatever fails, the serving mode gets its doors back
 * first, then the coming one is removed.
 *
 * <p>One thread's. What takes long is done by the worker, to which the coming mode belongs
 * meanwhile; changes of the plan are owed to it until it is back.
 */
final class Switch {
  /** Where it is. */
  enum Step {
    PREPARE("is prepared"),
    VERIFY("is read back"),
    TRY("is tried by probes"),
    HAND_OVER("takes over"),
    CHECK("serves and is tried"),
    UNDO("is taken back"),
    DONE("serves"),
    UNDONE("was taken back");

    private final String words;

    Step(String words) {
      this.words = words;
    }
  }

  private static final Logger log = LoggerFactory.getLogger(Switch.class);

  private final @Nullable Lane serving;
  private final Lane coming;
  private final Bequest bequest;
  private final Tryout tryout;
  private final Worker worker;
  private Step step = Step.PREPARE;
  private Worker.@Nullable Task<Optional<String>> running;
  private PlanDelta owed = PlanDelta.NONE;
  private String failure = "";
  private boolean left;

  /**
   * @param serving null: none of ours does
   * @param bequest what comes of the clients of another proxy, where none of ours serves
   */
  Switch(@Nullable Lane serving, Lane coming, Bequest bequest, Tryout tryout, Worker worker) {
    this.serving = serving;
    this.coming = coming;
    this.bequest = bequest;
    this.tryout = tryout;
    this.worker = worker;
    log.info("{}: begins", way());
  }

  Lane coming() {
    return coming;
  }

  Step step() {
    return step;
  }

  /** Why it was undone; empty: it was called off. */
  String failure() {
    return failure;
  }

  /** Whether it was undone, and something of the coming mode may still be there. */
  boolean left() {
    return left;
  }

  /** For people: what is happening. */
  String words() {
    return way() + ": " + coming.name() + " " + step.words;
  }

  private String way() {
    return (serving == null ? "" : serving.name() + " -> ") + coming.name();
  }

  /** The serving mode follows a change already; so must the coming one. */
  void changed(PlanDelta delta) {
    switch (step) {
      case PREPARE, VERIFY -> owed = owed.then(delta);
      case TRY, HAND_OVER, CHECK -> {
        try {
          coming.apply(delta);
        } catch (RuntimeException e) {
          undo(words(e));
        }
      }
      case UNDO, DONE, UNDONE -> {}
    }
  }

  /** It is not wanted any more. */
  void callOff(String why) {
    log.info("{}: called off, {}", way(), why);
    if (step.compareTo(Step.UNDO) < 0) {
      undo("");
    }
  }

  /**
   * Does all that can be done without waiting.
   *
   * @param plan what the serving mode holds
   * @return whether it is at its end
   * @throws DataplaneException when the serving mode does not get its doors back; nothing of the
   *     coming one is taken away before it has
   */
  boolean advance(Supplier<Plan> plan) {
    if (step == Step.UNDO) {
      giveBack(plan);
    }
    while (step != Step.DONE && step != Step.UNDONE && (running == null || running.done())) {
      try {
        next(plan);
      } catch (RuntimeException e) {
        log.warn("{}: {} failed", way(), step, e);
        if (step == Step.UNDO) {
          running = null;
          left = true;
          failure = failure + (failure.isEmpty() ? "" : "; ") + words(e);
          step = Step.UNDONE;
        } else {
          undo(words(e));
        }
      }
      if (step == Step.UNDO) {
        giveBack(plan);
      }
    }
    return step == Step.DONE || step == Step.UNDONE;
  }

  private void next(Supplier<Plan> plan) {
    switch (step) {
      case PREPARE -> {
        Plan whole = plan.get();
        work(() -> prepare(whole), Step.VERIFY);
      }
      case VERIFY -> {
        if (running == null) {
          settle();
        }
        Plan whole = plan.get();
        work(() -> verify(whole), Step.TRY);
      }
      case TRY -> {
        if (running == null) {
          settle();
          carry(plan);
          coming.doors(Doors.PROBES);
          if (serving != null) {
            serving.doors(Doors.NO_PROBES);
          }
        }
        Plan whole = plan.get();
        work(() -> tryout.objection(whole, false), Step.HAND_OVER);
      }
      case HAND_OVER -> {
        carry(plan);
        coming.doors(Doors.OPEN);
        if (serving != null) {
          serving.doors(Doors.EXIT);
        }
        // Those who came first while the doors were moved.
        carry(plan);
        enter(Step.CHECK);
      }
      case CHECK -> {
        Plan whole = plan.get();
        work(() -> tryout.objection(whole, true), Step.DONE);
      }
      case UNDO -> work(this::takeBack, Step.UNDONE);
      case DONE, UNDONE -> throw new IllegalStateException(step + " is the end");
    }
  }

  /** Begins a task where there is none; where there is one, takes its result. */
  private void work(Callable<Optional<String>> task, Step then) {
    Worker.Task<Optional<String>> current = running;
    if (current == null) {
      running = worker.start(task);
      return;
    }
    running = null;
    Optional<String> objection = current.result();
    if (objection.isPresent()) {
      undo(objection.get());
    } else {
      enter(then);
    }
  }

  private void enter(Step next) {
    step = next;
    log.info("{}", words());
  }

  private Optional<String> prepare(Plan plan) {
    Fitness fitness = coming.variant().fitness();
    if (!fitness.fits()) {
      return Optional.of("the node cannot do it: " + fitness.words());
    }
    coming.replace(plan, Doors.CLOSED);
    return Optional.empty();
  }

  private Optional<String> verify(Plan plan) {
    Audit audit = coming.replace(plan, Doors.CLOSED);
    return audit.missing() == 0 && audit.stale() == 0
        ? Optional.empty()
        : Optional.of("the kernel does not hold what was written: " + audit);
  }

  /** What was owed is paid. */
  private void settle() {
    PlanDelta delta = owed;
    owed = PlanDelta.NONE;
    if (!delta.isEmpty()) {
      coming.apply(delta);
    }
  }

  private void carry(Supplier<Plan> plan) {
    if (serving == null) {
      bequest.take(coming, plan.get());
    } else {
      int carried = coming.remember(serving.clients());
      if (carried > 0) {
        log.info("{}: {} clients keep their endpoints", way(), carried);
      }
    }
  }

  /** The next {@link #advance} gives everyone back to the serving mode; the rest follows. */
  private void undo(String why) {
    failure = why.isEmpty() ? "" : words() + ", and failed: " + why;
    step = Step.UNDO;
    // What runs still has the lane; the worker takes the next task when it has ended.
    running = null;
  }

  private void giveBack(Supplier<Plan> plan) {
    if (serving != null && !(serving.known() && serving.doors() == Doors.OPEN)) {
      if (serving.known()) {
        serving.doors(Doors.OPEN);
      } else {
        serving.replace(plan.get(), Doors.OPEN);
      }
    }
  }

  private Optional<String> takeBack() {
    if (coming.known() && coming.doors().exit()) {
      coming.doors(Doors.EXIT);
    }
    coming.remove();
    coming.close();
    return Optional.empty();
  }

  private static String words(RuntimeException e) {
    return e.getMessage() == null || e instanceof DataplaneException
        ? String.valueOf(e.getMessage())
        : e.toString();
  }
}
