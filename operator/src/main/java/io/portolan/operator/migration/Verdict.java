package io.portolan.operator.migration;

/** What becomes of a field of kube-proxy, the most important first. */
public enum Verdict {
  /** It will be another way; the report says what it was, what it will be and why. */
  CHANGED("changed"),
  /** No version of kube-proxy that is known here has it; nothing is made of it. */
  UNKNOWN("unknown"),
  /** Nodes behave as before. */
  SAME("same"),
  /** It is about something that does not exist here, or that kube-proxy did not read either. */
  NO_MEANING("no meaning");

  private final String word;

  Verdict(String word) {
    this.word = word;
  }

  /** As the report has it. */
  public String word() {
    return word;
  }
}
