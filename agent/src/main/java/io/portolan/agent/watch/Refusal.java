package io.portolan.agent.watch;

import java.io.IOException;

/** The API server answered, and said no. */
final class Refusal extends IOException {
  private static final long serialVersionUID = 1;

  private final int code;

  /**
   * @param code as in HTTP
   * @param message what it said
   */
  Refusal(int code, String message) {
    super(code + ": " + message);
    this.code = code;
  }

  /** As in HTTP. */
  int code() {
    return code;
  }
}
