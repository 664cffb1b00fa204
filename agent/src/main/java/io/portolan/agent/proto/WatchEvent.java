package io.portolan.agent.proto;

/**
 * One event of a watch, {@code meta/v1 WatchEvent}.
 *
 * @param type {@code ADDED}, {@code MODIFIED}, {@code DELETED}, {@code BOOKMARK} or {@code ERROR}
 * @param object what it is about; valid as long as the bytes that it was read from
 */
public record WatchEvent(String type, ProtoReader object) {
  /**
   * Reads an event that fills a range of an array.
   *
   * @param kind of the objects watched, for complaints
   * @throws ProtoException if it is none
   */
  public static WatchEvent read(byte[] bytes, int from, int to, String kind) {
    var in = new ProtoReader(bytes, from, to, "WatchEvent of " + kind);
    String type = "";
    ProtoReader raw = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = in.string();
        case 2 -> raw = raw(in.message("RawExtension"), kind);
        default -> in.skip();
      }
    }
    if (raw == null) {
      throw new ProtoException("WatchEvent of " + kind + ", type " + type + ": no object");
    }
    return new WatchEvent(type, Envelope.open(raw, type.equals("ERROR") ? "Status" : kind));
  }

  private static ProtoReader raw(ProtoReader in, String kind) {
    ProtoReader raw = null;
    while (in.next()) {
      if (in.field() == 1) {
        raw = in.message("the envelope of " + kind);
      } else {
        in.skip();
      }
    }
    if (raw == null) {
      throw new ProtoException("RawExtension of " + kind + ": nothing in it");
    }
    return raw;
  }
}
