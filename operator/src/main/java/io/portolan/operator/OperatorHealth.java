package io.portolan.operator;

import io.javaoperatorsdk.operator.Operator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Down when an informer has died: the operator would decide on old news for ever. */
final class OperatorHealth implements HealthIndicator {
  private final Operator operator;

  OperatorHealth(Operator operator) {
    this.operator = operator;
  }

  @Override
  public Health health() {
    var info = operator.getRuntimeInfo();
    if (!info.isStarted()) {
      return Health.up().withDetail("informers", "not started yet").build();
    }
    return info.allEventSourcesAreHealthy()
        ? Health.up().build()
        : Health.down().withDetail("informers", info.unhealthyEventSources().toString()).build();
  }
}
