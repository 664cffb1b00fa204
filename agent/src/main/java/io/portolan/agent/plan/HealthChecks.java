package io.portolan.agent.plan;

import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.ServiceName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The health checks of each Service, and what of them this node answers. */
final class HealthChecks {
  private final SortedMap<ServiceName, List<HealthCheck>> asked = new TreeMap<>();
  private @Nullable List<HealthCheck> answered;

  /** Sets those of a Service; none when it has no port for them or is gone. */
  void put(ServiceName service, List<HealthCheck> checks) {
    List<HealthCheck> before =
        checks.isEmpty() ? asked.remove(service) : asked.put(service, checks);
    if (!checks.equals(before == null ? List.of() : before)) {
      answered = null;
    }
  }

  /** Of two Services with one port the first by name has it; the same list until one changes. */
  List<HealthCheck> answered() {
    List<HealthCheck> known = answered;
    if (known == null) {
      var byPort = new LinkedHashMap<Map.Entry<IpFamily, Integer>, HealthCheck>();
      for (List<HealthCheck> checks : asked.values()) {
        checks.forEach(c -> byPort.putIfAbsent(Map.entry(c.family(), c.port()), c));
      }
      known = List.copyOf(byPort.values());
      answered = known;
    }
    return known;
  }
}
