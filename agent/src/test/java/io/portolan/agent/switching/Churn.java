package io.portolan.agent.switching;

import java.time.Duration;

/** An endpoint that comes and goes all the time. */
final class Churn implements AutoCloseable {
  private final Thread thread;
  private volatile boolean over;

  /**
   * Starts.
   *
   * @param pace how long it is there, and how long it is not
   */
  Churn(Driven loop, Duration pace) {
    thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (boolean there = false; !over; there = !there) {
                    loop.offer(Cluster.churn(there));
                    try {
                      Thread.sleep(pace);
                    } catch (InterruptedException e) {
                      return;
                    }
                  }
                });
  }

  @Override
  public void close() {
    over = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
