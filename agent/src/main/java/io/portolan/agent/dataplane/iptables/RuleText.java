package io.portolan.agent.dataplane.iptables;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares rules that may come from different versions of the programs. */
final class RuleText {
  private static final Pattern PROBABILITY = Pattern.compile("--probability ([0-9.]+)");
  private static final Pattern OURS =
      Pattern.compile(
          ".*(PORTOLAN-|-j DNAT --to-destination |-j MARK --set-xmark |-j MASQUERADE --random-fully"
              + "|-m mark ! --mark .* -j RETURN|-m conntrack --ctstate \\S+ .*-j (DROP|ACCEPT)"
              + "|-j (DROP|ACCEPT)$).*");

  private RuleText() {}

  static boolean same(List<Line> wanted, List<String> there) {
    if (wanted.size() != there.size()) {
      return false;
    }
    for (int i = 0; i < there.size(); i++) {
      String rule = wanted.get(i).rule();
      if (!rule.equals(there.get(i)) && !canonical(rule).equals(canonical(there.get(i)))) {
        return false;
      }
    }
    return true;
  }

  /** Without quotes, and with probabilities as the kernel's own number of 31 bits. */
  static String canonical(String rule) {
    String plain = rule.replace("\"", "").strip();
    Matcher found = PROBABILITY.matcher(plain);
    return found.find()
        ? found.replaceFirst(
            "--probability " + Math.round(Double.parseDouble(found.group(1)) * 0x80000000L))
        : plain;
  }

  /** Whether a rule looks like one of some version of ours. */
  static boolean ours(String rule) {
    return OURS.matcher(rule).matches();
  }
}
