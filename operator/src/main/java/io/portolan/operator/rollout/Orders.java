package io.portolan.operator.rollout;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a person says about one rollout, by annotations on the ProxyConfig. They name a revision, so
 * that one which stays where it is (GitOps puts it back) says nothing about the next rollout.
 *
 * @param promote revision whose canary was found good
 * @param expedite revision that waits for no soak, no window and no promotion; gates and budget
 *     hold
 * @param retry any value; one that differs from that at the failure lets the failed revision try
 *     again
 */
public record Orders(@Nullable String promote, @Nullable String expedite, @Nullable String retry) {
  private static final int LONGEST = 256;
  private static final String PREFIX = "portolan.io/";

  /** No order. */
  public static final Orders NONE = new Orders(null, null, null);

  /** The orders among a ProxyConfig's annotations. */
  public static Orders of(@Nullable Map<String, String> annotations) {
    return annotations == null
        ? NONE
        : new Orders(
            annotations.get(PREFIX + "promote"),
            annotations.get(PREFIX + "expedite"),
            shortened(annotations.get(PREFIX + "retry")));
  }

  /** It is copied to the status, where it must fit. */
  private static @Nullable String shortened(@Nullable String text) {
    return text == null || text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }
}
