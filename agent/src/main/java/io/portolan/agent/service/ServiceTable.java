package io.portolan.agent.service;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The Services as last seen. Not thread-safe. */
public final class ServiceTable {
  private final Map<ServiceName, Service> services = new HashMap<>();

  /** Adds or replaces a Service; returns whether that changed anything. */
  public boolean put(Service service) {
    return !service.equals(services.put(service.name(), service));
  }

  /** Forgets a Service; returns whether it was known. */
  public boolean remove(ServiceName name) {
    return services.remove(name) != null;
  }

  /** The Service, or null when there is none of that name. */
  public @Nullable Service get(ServiceName name) {
    return services.get(name);
  }

  /** The names of all Services, as they are now and later. */
  public Set<ServiceName> names() {
    return Collections.unmodifiableSet(services.keySet());
  }
}
