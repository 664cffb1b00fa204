package io.portolan.api.v1alpha1;

/** Parts of the validation rules that more than one record needs, in the language CEL. */
final class Cel {
  /** {@code self} is a duration; the bounds follow: {@code DURATION + AT_LEAST + "1s" + END}. */
  static final String DURATION = "self.matches('" + GoDuration.PATTERN + "')";

  static final String AT_LEAST = " && duration(self) >= duration('";
  static final String AT_MOST = "') && duration(self) <= duration('";
  static final String END = "')";

  private Cel() {}
}
