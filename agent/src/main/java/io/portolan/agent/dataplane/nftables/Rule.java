package io.portolan.agent.dataplane.nftables;

import java.nio.charset.StandardCharsets;

/**
 * A rule as it is sent. Its fingerprint is kept in the kernel beside it: the kernel gives the
 * expressions back in a form of its own, so comparing those would tell nothing.
 */
final class Rule {
  private final byte[] expressions;
  private final byte[] userdata;
  private final long fingerprint;

  Rule(byte[] expressions, String comment) {
    this.expressions = expressions;
    long hash = Hash.of(expressions, Hash.START);
    fingerprint = Hash.of(comment.getBytes(StandardCharsets.UTF_8), hash);
    userdata = Userdata.rule(comment, fingerprint);
  }

  /** The attributes inside {@code NFTA_RULE_EXPRESSIONS}. */
  byte[] expressions() {
    return expressions;
  }

  byte[] userdata() {
    return userdata;
  }

  long fingerprint() {
    return fingerprint;
  }
}
