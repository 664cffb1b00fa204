package io.portolan.agent.service;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** Names a Service. */
public record ServiceName(String namespace, String name) implements Comparable<ServiceName> {
  private static final Comparator<ServiceName> ORDER =
      Comparator.comparing(ServiceName::namespace).thenComparing(ServiceName::name);

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof ServiceName that
            && name.equals(that.name)
            && namespace.equals(that.namespace));
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + namespace.hashCode();
  }

  @Override
  public int compareTo(ServiceName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
