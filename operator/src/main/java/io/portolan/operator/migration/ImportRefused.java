package io.portolan.operator.migration;

import java.util.List;

/** The input cannot be made a ProxyConfig of; says what is wrong where, and what to do. */
public final class ImportRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * What is wrong.
   *
   * @param problems one line each, at least one
   */
  public ImportRefused(List<String> problems) {
    super(String.join("\n", problems));
  }

  /** One thing is wrong. */
  public ImportRefused(String problem) {
    this(List.of(problem));
  }
}
