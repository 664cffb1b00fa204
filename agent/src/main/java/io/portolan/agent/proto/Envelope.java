package io.portolan.agent.proto;

import java.nio.charset.StandardCharsets;

/**
 * What the API server wraps every object in: four bytes, then {@code runtime.Unknown}, whose field
 * {@code raw} holds the object itself.
 */
public final class Envelope {
  private static final byte[] PREFIX = "k8s\0".getBytes(StandardCharsets.US_ASCII);

  private Envelope() {}

  /**
   * The object in an envelope that fills a range of an array.
   *
   * @param name what the object is, for complaints
   * @throws ProtoException if it is none
   */
  public static ProtoReader open(byte[] bytes, int from, int to, String name) {
    return open(new ProtoReader(bytes, from, to, "the envelope of " + name), name);
  }

  static ProtoReader open(ProtoReader envelope, String name) {
    ProtoReader unknown = envelope.after(PREFIX, "Unknown of " + name);
    ProtoReader object = null;
    while (unknown.next()) {
      switch (unknown.field()) {
        case 2 -> object = unknown.message(name);
        case 3 -> {
          String encoding = unknown.string();
          if (!encoding.isEmpty()) {
            throw new ProtoException(name + ": content encoding \"" + encoding + "\" is unknown");
          }
        }
        default -> unknown.skip();
      }
    }
    if (object == null) {
      throw new ProtoException(name + ": nothing is in its envelope");
    }
    return object;
  }
}
