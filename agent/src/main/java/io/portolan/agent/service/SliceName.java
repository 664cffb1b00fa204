package io.portolan.agent.service;

/** Names an EndpointSlice. */
public record SliceName(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
