package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.Plan;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients with affinity go from another proxy to a mode of ours, and back. Where that fails they
 * may get another endpoint once, and the log says so; it never keeps a node from being taken over
 * or given back.
 */
final class Bequest {
  private static final Logger log = LoggerFactory.getLogger(Bequest.class);

  /** Between two times that clients are given while both serve. */
  private static final Duration PAUSE = Duration.ofSeconds(3);

  private final Memory other;
  private long notBefore = System.nanoTime();
  private int given;

  Bequest(Memory other) {
    this.other = other;
  }

  /**
   * Our mode remembers the clients of the other proxy, beside its own.
   *
   * @param plan what the mode holds
   * @throws RuntimeException when the mode fails, and then does not take its plan again either
   */
  void take(Lane heir, Plan plan) {
    try {
      int carried = heir.remember(other.clients(plan));
      if (carried > 0) {
        log.info("{}: {} clients of the other proxy keep their endpoints", heir.name(), carried);
      }
    } catch (RuntimeException e) {
      log.warn("{}: clients of the other proxy are not carried over", heir.name(), e);
      restore(heir, plan);
    }
  }

  /**
   * The other proxy remembers the clients of our mode, which goes on: as soon as there is room, for
   * a kernel that asks the other one first asks it from its first rule on; and now and then.
   *
   * @param plan what the mode holds
   * @throws RuntimeException when the mode fails, and then does not take its plan again either
   */
  void share(Lane ours, Supplier<Plan> plan) {
    if (System.nanoTime() - notBefore >= 0) {
      int before = given;
      Plan whole = plan.get();
      int now = give(ours, whole);
      // It makes room for one family after the other.
      if (now != 0 && (now < 0 || now == before)) {
        notBefore = System.nanoTime() + PAUSE.toNanos();
      }
      restore(ours, whole);
    }
  }

  /**
   * The other proxy remembers the clients of our mode, which lets no new connections in any more:
   * those that come while it is written are written after that.
   *
   * @param plan what the mode holds
   * @throws RuntimeException when the doors do not close
   */
  void leave(Lane ours, Plan plan) {
    if (give(ours, plan) > 0 && ours.known()) {
      ours.doors(Doors.EXIT);
      give(ours, plan);
    }
  }

  /** How many the other proxy has now; less than zero: it failed. */
  private int give(Lane ours, Plan plan) {
    try {
      int now = other.remember(plan, ours::clients);
      if (now != given) {
        given = now;
        log.info("{}: {} clients keep their endpoints with the other proxy", ours.name(), now);
      }
      return now;
    } catch (RuntimeException e) {
      log.warn("{}: clients are not left to the other proxy", ours.name(), e);
      return -1;
    }
  }

  private static void restore(Lane lane, Plan plan) {
    if (!lane.known()) {
      lane.replace(plan, lane.doors());
    }
  }
}
