package io.portolan.agent.proto;

/** Bytes that are not what they should be; the message names the field. */
public final class ProtoException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ProtoException(String message) {
    super(message);
  }
}
