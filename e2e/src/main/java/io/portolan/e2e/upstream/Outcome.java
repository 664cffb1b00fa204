package io.portolan.e2e.upstream;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What came of one spec.
 *
 * @param spec its full text, as {@code --ginkgo.focus} sees it
 * @param verdict what came of it
 * @param seconds how long it took
 * @param reason why it failed or was skipped; null when it passed
 * @param output the end of what a failed spec printed; null otherwise
 */
public record Outcome(
    String spec,
    @JsonProperty("outcome") Verdict verdict,
    double seconds,
    @Nullable String reason,
    @Nullable String output) {
  private static final int LINE = 200;

  /** The three ends of a spec. */
  public enum Verdict {
    @JsonProperty("passed")
    PASSED("passed"),
    @JsonProperty("failed")
    FAILED("failed"),
    /** The spec itself found that this cluster has not what it needs. */
    @JsonProperty("skipped")
    SKIPPED("skipped");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** Whether it did what it states. */
  public boolean passed() {
    return verdict == Verdict.PASSED;
  }

  /** Whether it was run and did not do what it states. */
  public boolean failed() {
    return verdict == Verdict.FAILED;
  }

  /** The text without what all or only machines care about: {@code Services should ...}. */
  public String title() {
    return spec.replace("[sig-network] ", "")
        .replaceAll(" \\[(LinuxOnly|Conformance|NodeConformance|Privileged|Slow)]", "")
        .replace("[Feature:IPv6DualStack] ", "Dual stack ")
        .replaceAll(" \\[Feature:[^]]*]", "")
        .strip();
  }

  /** The beginning of the reason's first line; empty without a reason. */
  public String because() {
    String line = reason == null ? "" : reason.lines().findFirst().orElse("");
    return line.length() <= LINE ? line : line.substring(0, LINE) + "...";
  }

  Outcome withoutOutput() {
    return new Outcome(spec, verdict, seconds, reason, null);
  }
}
