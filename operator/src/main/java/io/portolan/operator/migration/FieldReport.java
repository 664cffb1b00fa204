package io.portolan.operator.migration;

import org.jspecify.annotations.Nullable;

/**
 * What became of one field.
 *
 * @param field its path in the {@code KubeProxyConfiguration}, such as {@code iptables.syncPeriod}
 * @param value what it had, on one line; {@code not set} if nothing
 * @param target the field of the ProxyConfig and its value; null when there is none
 * @param why one line; empty when there is nothing to say
 */
public record FieldReport(
    Verdict verdict, String field, String value, @Nullable String target, String why) {

  /** One line. */
  public String text() {
    var line = new StringBuilder();
    line.append("%-10s  %s: %s".formatted(verdict.word(), field, value));
    if (target != null) {
      line.append(" -> ").append(target);
    }
    if (!why.isEmpty()) {
      line.append(" (").append(why).append(")");
    }
    return line.toString();
  }
}
