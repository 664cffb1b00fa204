package io.portolan.agent.proto;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Set;

/**
 * Reads one kind of object. What is not read is null, or empty, in the object; the same holds for
 * what the API server's JSON leaves out. A decoder has no state.
 */
public sealed interface ObjectProto<T extends HasMetadata> permits ServiceProto, SliceProto {
  /**
   * Reads the object.
   *
   * @throws ProtoException if the bytes are none
   */
  T read(ProtoReader in);

  /** Of Services. */
  static ObjectProto<io.fabric8.kubernetes.api.model.Service> services(Set<String> annotations) {
    return new ServiceProto(new MetaProto(Set.of(), annotations));
  }

  /**
   * Of EndpointSlices.
   *
   * @param labels names of those to keep
   * @param annotations names of those to keep
   */
  static ObjectProto<io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice> slices(
      Set<String> labels, Set<String> annotations) {
    return new SliceProto(new MetaProto(labels, annotations));
  }
}
