package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.Variant;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mode that no new connection comes to any more leaves the kernel: after a pause for the packets
 * that are on their way through it. It is tried every ten seconds until nothing of it is left.
 */
final class Retirement {
  private static final Logger log = LoggerFactory.getLogger(Retirement.class);
  private static final Duration ON_THE_WAY = Duration.ofMillis(200);
  private static final Duration AGAIN = Duration.ofSeconds(10);

  private final Lane lane;
  private final Worker worker;
  private Worker.Task<Boolean> task;
  private long notBefore;
  private String failure = "";

  Retirement(Lane lane, Worker worker) {
    this.lane = lane;
    this.worker = worker;
    this.task = worker.start(this::leave);
  }

  Variant variant() {
    return lane.variant();
  }

  /** Whether nothing of it is left; begins again where it failed and has waited. */
  boolean over() {
    if (!task.done()) {
      return false;
    }
    if (failure.isEmpty()) {
      try {
        task.result();
        log.info("nothing of {} is left", lane.name());
        return true;
      } catch (RuntimeException e) {
        log.warn("{} cannot be removed", lane.name(), e);
        failure = lane.name() + " cannot be removed: " + e.getMessage();
        notBefore = System.nanoTime() + AGAIN.toNanos();
      }
    }
    if (System.nanoTime() - notBefore >= 0) {
      failure = "";
      task = worker.start(this::leave);
    }
    return false;
  }

  /** Why it is still there. */
  Optional<String> failure() {
    return failure.isEmpty() ? Optional.empty() : Optional.of(failure);
  }

  String words() {
    return lane.name() + " is removed";
  }

  private boolean leave() throws InterruptedException {
    if (lane.doors() != Doors.CLOSED) {
      Thread.sleep(ON_THE_WAY);
      if (lane.known()) {
        lane.doors(Doors.CLOSED);
      }
    }
    lane.remove();
    lane.close();
    return true;
  }
}
