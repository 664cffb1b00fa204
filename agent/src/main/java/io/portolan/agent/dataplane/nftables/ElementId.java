package io.portolan.agent.dataplane.nftables;

import java.nio.ByteBuffer;

/**
 * What tells elements apart.
 *
 * @param key the element's key, of a range both ends; not changed any more
 * @param end whether it is the end of a range
 */
record ElementId(Table table, NamedSet set, ByteBuffer key, boolean end) {
  static ElementId of(Element element) {
    return new ElementId(
        element.table(),
        element.set(),
        ByteBuffer.wrap(
            element.until().length == 0
                ? element.key()
                : Element.joined(element.key(), element.until())),
        element.end());
  }
}
