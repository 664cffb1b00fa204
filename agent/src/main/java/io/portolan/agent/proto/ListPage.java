package io.portolan.agent.proto;

import java.util.ArrayList;
import java.util.List;

/**
 * A page of a list. Lists of all kinds have the same two fields.
 *
 * @param items the objects; valid as long as the bytes that they were read from
 * @param version of the whole list
 * @param more what to ask for the next page with; empty when this is the last one
 */
public record ListPage(List<ProtoReader> items, String version, String more) {
  /**
   * Reads an answer of the API server.
   *
   * @param kind of the items, for complaints
   * @throws ProtoException if it is none
   */
  public static ListPage read(byte[] answer, String kind) {
    ProtoReader in = Envelope.open(answer, 0, answer.length, kind + "List");
    var items = new ArrayList<ProtoReader>();
    String version = "";
    String more = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> {
          ProtoReader meta = in.message("ListMeta");
          while (meta.next()) {
            switch (meta.field()) {
              case 2 -> version = meta.string();
              case 3 -> more = meta.string();
              default -> meta.skip();
            }
          }
        }
        case 2 -> items.add(in.message(kind));
        default -> in.skip();
      }
    }
    if (version.isEmpty()) {
      throw new ProtoException(kind + "List: no resourceVersion");
    }
    return new ListPage(items, version, more);
  }
}
