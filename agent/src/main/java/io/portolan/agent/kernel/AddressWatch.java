package io.portolan.agent.kernel;

import io.portolan.agent.service.Ip;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the addresses of the node, once at the start and then whenever they have changed, on a
 * thread of its own. What keeps it from reading them is logged, and it tries again for ever.
 */
public final class AddressWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AddressWatch.class);

  /** How often it looks whether it shall end. */
  private static final Duration TURN = Duration.ofSeconds(1);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final Consumer<List<Ip>> told;

  /** Started by the thread that starts this, and so in its network namespace. */
  private final Thread thread = Thread.ofPlatform().daemon().name("addresses").unstarted(this::run);

  private volatile boolean ending;
  private @Nullable List<Ip> last;

  /**
   * @param told takes {@link NodeAddresses#list()}; must not block
   */
  public AddressWatch(Consumer<List<Ip>> told) {
    this.told = told;
  }

  /** Starts in the network namespace of this thread; returns at once. */
  public void start() {
    thread.start();
  }

  /** Lets it end within a second; returns at once. */
  @Override
  public void close() {
    ending = true;
    thread.interrupt();
  }

  private void run() {
    while (!ending) {
      try (var addresses = NodeAddresses.open()) {
        tell(addresses.list());
        while (!ending) {
          if (addresses.changed(TURN)) {
            tell(addresses.list());
          }
        }
      } catch (RuntimeException e) {
        log.warn(
            "cannot follow the addresses of this node, next try in {} s",
            AFTER_FAILURE.toSeconds(),
            e);
        pause();
      }
    }
  }

  private void tell(List<Ip> now) {
    if (!now.equals(last)) {
      log.debug("addresses of this node: {}", now);
      last = now;
      told.accept(now);
    }
  }

  private void pause() {
    try {
      Thread.sleep(AFTER_FAILURE);
    } catch (InterruptedException e) {
      log.debug("interrupted: {}", ending ? "ends" : "goes on", e);
    }
  }
}
