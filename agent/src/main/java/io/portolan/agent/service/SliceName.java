package io.portolan.agent.service;

import org.jspecify.annotations.Nullable;

/** Names an EndpointSlice. */
public record SliceName(String namespace, String name) {
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof SliceName that
            && name.equals(that.name)
            && namespace.equals(that.namespace));
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + namespace.hashCode();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
