package io.portolan.operator.rollout;

import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/** A number of nodes, or a share of them in percent. */
public record Amount(int value, boolean percent) {
  /** What a rollout may take when nothing is said. */
  public static final Amount DEFAULT = new Amount(10, true);

  /**
   * Reads {@code maxUnavailable}. Text that the schema should have refused counts as absent: an
   * operator that stops over it would help nobody.
   */
  public static Amount of(@Nullable IntOrString amount) {
    if (amount == null) {
      return DEFAULT;
    }
    if (amount.getIntVal() != null) {
      return new Amount(amount.getIntVal(), false);
    }
    String text = amount.getStrVal();
    if (text == null || !text.matches("[0-9]{1,3}%")) {
      return DEFAULT;
    }
    return new Amount(Integer.parseInt(text.substring(0, text.length() - 1)), true);
  }

  /** So many of {@code total} nodes: a percentage rounds down, and one is always allowed. */
  public int of(int total) {
    long nodes = percent ? (long) total * value / 100 : value;
    return (int) Math.max(1, nodes);
  }
}
