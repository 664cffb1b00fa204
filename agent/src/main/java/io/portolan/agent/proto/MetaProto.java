package io.portolan.agent.proto;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@code meta/v1 ObjectMeta}: namespace, name, version and the wanted labels and annotations.
 *
 * @param labels names of those to keep
 * @param annotations names of those to keep
 */
record MetaProto(Set<String> labels, Set<String> annotations) {

  ObjectMeta read(ProtoReader in) {
    var meta = new ObjectMeta();
    Map<String, String> kept = new LinkedHashMap<>();
    Map<String, String> notes = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> meta.setName(in.string());
        case 3 -> meta.setNamespace(in.string());
        case 6 -> meta.setResourceVersion(in.string());
        case 11 -> entry(in.message("ObjectMeta.labels"), labels, kept);
        case 12 -> entry(in.message("ObjectMeta.annotations"), annotations, notes);
        default -> in.skip();
      }
    }
    meta.setLabels(kept);
    meta.setAnnotations(notes);
    return meta;
  }

  /** An entry of a map is a message of its key and its value, either of which may be left out. */
  private static void entry(ProtoReader in, Set<String> wanted, Map<String, String> into) {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.string();
        case 2 -> {
          // Its key was before it, as every encoder writes them: a long value is left out unread.
          if (key.isEmpty() || wanted.contains(key)) {
            value = in.string();
          } else {
            in.skip();
          }
        }
        default -> in.skip();
      }
    }
    if (wanted.contains(key)) {
      into.put(key, value);
    }
  }
}
