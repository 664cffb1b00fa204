package io.portolan.agent.proto;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Set;

/**
 * What an event of type {@code BOOKMARK} says.
 *
 * @param version all changes up to it were told
 * @param initialEnd whether all that there was at the start of the watch is told by now
 */
public record Bookmark(String version, boolean initialEnd) {
  private static final String INITIAL_END = "k8s.io/initial-events-end";
  private static final MetaProto METADATA = new MetaProto(Set.of(), Set.of(INITIAL_END));

  /**
   * Reads it from the object of the event, of any kind: {@code metadata} is field 1 of all.
   *
   * @throws ProtoException if it has no version
   */
  public static Bookmark read(ProtoReader in) {
    var meta = new ObjectMeta();
    while (in.next()) {
      if (in.field() == 1) {
        meta = METADATA.read(in.message("ObjectMeta of a bookmark"));
      } else {
        in.skip();
      }
    }
    String version = meta.getResourceVersion();
    if (version == null || version.isEmpty()) {
      throw new ProtoException("a bookmark without a resourceVersion");
    }
    return new Bookmark(version, "true".equals(meta.getAnnotations().get(INITIAL_END)));
  }
}
