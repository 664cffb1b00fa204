package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tables of one stack, as {@code iptables-save} prints them.
 *
 * @param chains with their rules, without {@code -A} and the chain
 */
record SavedTables(Map<ChainId, List<String>> chains) {

  static SavedTables parse(String saved) {
    var chains = new LinkedHashMap<ChainId, List<String>>();
    Table table = null;
    for (String line : saved.lines().toList()) {
      if (line.startsWith("*")) {
        table = null;
        for (Table each : Table.values()) {
          if (line.equals("*" + each.word())) {
            table = each;
          }
        }
      } else if (table != null && line.startsWith(":")) {
        chains.put(new ChainId(table, line.substring(1, line.indexOf(' '))), new ArrayList<>());
      } else if (table != null && line.startsWith("-A ")) {
        int blank = line.indexOf(' ', 3);
        String chain = line.substring(3, blank < 0 ? line.length() : blank);
        chains
            .computeIfAbsent(new ChainId(table, chain), id -> new ArrayList<>())
            .add(blank < 0 ? "" : line.substring(blank + 1));
      }
    }
    return new SavedTables(chains);
  }

  /** Whether a chain is ours by its name. */
  static boolean ours(ChainId chain) {
    return chain.name().startsWith(Names.PREFIX);
  }
}
