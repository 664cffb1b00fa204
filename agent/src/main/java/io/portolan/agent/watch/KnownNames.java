package io.portolan.agent.watch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which objects there are, by name: what a new list does not have any more is gone. A list that
 * broke off changes nothing, but that what it told is known.
 */
final class KnownNames<K> {
  private Set<K> known = new HashSet<>();
  private @Nullable Set<K> listed;

  /** A list begins; one that had not ended is forgotten. */
  void list() {
    listed = new HashSet<>();
  }

  /** There is one of that name. */
  void seen(K name) {
    known.add(name);
    if (listed != null) {
      listed.add(name);
    }
  }

  /** There is none of that name any more. */
  void gone(K name) {
    known.remove(name);
    if (listed != null) {
      listed.remove(name);
    }
  }

  /**
   * The list is at its end.
   *
   * @return names known that it did not have; not known any more
   */
  List<K> listed() {
    if (listed == null) {
      return List.of();
    }
    var missing = new ArrayList<K>();
    for (K name : known) {
      if (!listed.contains(name)) {
        missing.add(name);
      }
    }
    known = listed;
    listed = null;
    return missing;
  }
}
