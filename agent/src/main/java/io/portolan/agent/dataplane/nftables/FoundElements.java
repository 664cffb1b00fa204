package io.portolan.agent.dataplane.nftables;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The elements that the kernel holds and that nothing has claimed yet. */
final class FoundElements {
  private final Map<ElementId, Element> elements = new HashMap<>();

  void add(Element element) {
    elements.put(ElementId.of(element), element);
  }

  @Nullable Element find(Table table, NamedSet set, byte[] key) {
    return elements.get(ElementId.of(table, set, key));
  }

  /** Claims the element with the same key; null when there is none. */
  @Nullable Element take(Element like) {
    return elements.remove(ElementId.of(like));
  }

  /** Claims everything in a set. */
  Map<ElementId, Element> takeAll(Table table, NamedSet set) {
    var all = new HashMap<ElementId, Element>();
    elements.forEach(
        (id, element) -> {
          if (id.table() == table && id.set() == set) {
            all.put(id, element);
          }
        });
    elements.keySet().removeAll(all.keySet());
    return all;
  }

  /** What nobody claimed. */
  Collection<Element> rest() {
    return elements.values();
  }
}
