package io.portolan.agent.proto;

/**
 * Why the API server refuses, {@code meta/v1 Status}.
 *
 * @param code as in HTTP; 0 if it says none
 * @param reason one word, such as {@code Expired}; may be empty
 * @param message for people; may be empty
 */
public record StatusProto(int code, String reason, String message) {
  /** Reads it. */
  public static StatusProto read(ProtoReader in) {
    int code = 0;
    String reason = "";
    String message = "";
    while (in.next()) {
      switch (in.field()) {
        case 3 -> message = in.string();
        case 4 -> reason = in.string();
        case 6 -> code = in.int32();
        default -> in.skip();
      }
    }
    return new StatusProto(code, reason, message);
  }
}
