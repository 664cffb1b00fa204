package io.portolan.agent.others;

import io.portolan.agent.others.Cut.Jump;
import io.portolan.agent.others.Cut.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code iptables-save} prints, as far as chains and the ways between them go. Pure.
 *
 * @param chains that were made by somebody
 * @param jumps with the text of their rules, without {@code -A}
 */
record SavedRules(Set<Place> chains, List<Written> jumps) {
  /** A jump as it is written. */
  record Written(Jump jump, String text) {}

  static SavedRules parse(String saved) {
    var chains = new LinkedHashSet<Place>();
    var kernels = new LinkedHashSet<Place>();
    var jumps = new ArrayList<Written>();
    String table = "";
    for (String line : (Iterable<String>) saved.lines()::iterator) {
      if (line.startsWith("*")) {
        table = line.substring(1);
      } else if (line.startsWith(":")) {
        String[] words = line.substring(1).split(" ", 3);
        (words[1].equals("-") ? chains : kernels).add(new Place(table, words[0]));
      } else if (line.startsWith("-A ")) {
        String rule = line.substring(3);
        String target = target(rule);
        if (!target.isEmpty()) {
          var from = new Place(table, rule.substring(0, rule.indexOf(' ')));
          jumps.add(new Written(new Jump(from, kernels.contains(from), target), rule));
        }
      }
    }
    return new SavedRules(chains, jumps);
  }

  /** What takes kube-proxy's rules out, for {@code iptables-restore --noflush}; empty: nothing. */
  String without(Cut cut) {
    var lines = new LinkedHashMap<String, List<String>>();
    for (Written each : jumps) {
      if (cut.deletes(each.jump())) {
        of(each.jump().from(), lines).add("-D " + each.text());
      }
    }
    for (Place chain : chains) {
      if (cut.deletes(chain) || cut.empties(chain)) {
        of(chain, lines).add("-F " + chain.chain());
      }
    }
    for (Place chain : chains) {
      if (cut.deletes(chain)) {
        of(chain, lines).add("-X " + chain.chain());
      }
    }
    var script = new StringBuilder();
    lines.forEach(
        (table, commands) -> {
          script.append('*').append(table).append('\n');
          commands.forEach(command -> script.append(command).append('\n'));
          script.append("COMMIT\n");
        });
    return script.toString();
  }

  Cut cut() {
    return Cut.of(chains, jumps.stream().map(Written::jump).toList());
  }

  private static List<String> of(Place place, Map<String, List<String>> lines) {
    return lines.computeIfAbsent(place.table(), table -> new ArrayList<>());
  }

  /** Where a rule goes; what stands in quotes, such as a comment, does not count. */
  private static String target(String rule) {
    boolean quoted = false;
    for (int i = 0; i + 4 <= rule.length(); i++) {
      char c = rule.charAt(i);
      if (c == '\\' && quoted) {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (rule.startsWith(" -j ", i) || rule.startsWith(" -g ", i))) {
        int end = rule.indexOf(' ', i + 4);
        return rule.substring(i + 4, end < 0 ? rule.length() : end);
      }
    }
    return "";
  }
}
