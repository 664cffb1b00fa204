package io.portolan.operator;

import io.javaoperatorsdk.operator.Operator;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Starts the operator after the web server, and stops it before. */
final class OperatorLifecycle implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorLifecycle.class);

  private final Operator operator;
  private final Optional<Leadership> leadership;
  private volatile boolean running;

  OperatorLifecycle(Operator operator, Optional<Leadership> leadership) {
    this.operator = operator;
    this.leadership = leadership;
  }

  @Override
  public void start() {
    operator.start();
    running = true;
    LOG.info("operator started");
  }

  @Override
  public void stop() {
    leadership.ifPresent(Leadership::end);
    running = false;
    operator.stop();
    leadership.ifPresent(Leadership::release);
    LOG.info("operator stopped");
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
