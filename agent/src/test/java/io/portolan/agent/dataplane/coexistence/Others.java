package io.portolan.agent.dataplane.coexistence;

import io.portolan.agent.kernel.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * All packet rules of a node that are not ours: written, read and cleared by their own programs.
 */
final class Others {
  private static final List<String> STACKS =
      List.of("iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft");

  private static final Pattern COUNTERS = Pattern.compile(" \\[\\d+:\\d+]$");

  /** What iptables-nft makes; {@code iptables-nft-save} shows it. */
  private static final Pattern OF_IPTABLES =
      Pattern.compile("table ip6? (raw|mangle|nat|filter|security)");

  private static final Set<String> OURS = Set.of("table ip portolan", "table ip6 portolan");

  private final NetworkNamespace node;

  Others(NetworkNamespace node) {
    this.node = node;
  }

  /**
   * Adds rules.
   *
   * @param program such as {@code iptables-nft}
   * @param rules as {@code iptables-save} writes them
   */
  void restore(String program, String rules) {
    node.exec("sh", "-c", "printf '%s' \"$0\" | " + program + "-restore --noflush", rules);
  }

  /** Adds rules in the words of nft. */
  void nft(String rules) {
    node.exec("sh", "-c", "printf '%s' \"$0\" | nft -f -", rules);
  }

  /**
   * Every table, chain, rule and set that is not ours, in the kernel's order and in the programs'
   * own words, without what counts packets. A base chain that is empty and accepts, and a table
   * without anything else, is not worth a line: we leave such behind.
   */
  String rules() {
    var lines = new ArrayList<String>();
    for (String stack : STACKS) {
      String table = "";
      for (String line : save(stack).toList()) {
        if (line.startsWith("*")) {
          table = stack + " " + line.substring(1) + " ";
        } else if (!line.startsWith("#")
            && !line.equals("COMMIT")
            && !line.contains("PORTOLAN-")
            && !line.matches(":[A-Z]+ ACCEPT \\[.*")) {
          lines.add(table + COUNTERS.matcher(line).replaceFirst(""));
        }
      }
    }
    for (String table : node.exec("nft", "list", "tables").lines().toList()) {
      if (!OURS.contains(table) && !OF_IPTABLES.matcher(table).matches()) {
        var command = new ArrayList<>(List.of("nft", "--stateless", "list"));
        command.addAll(List.of(table.split(" ")));
        lines.add(node.exec(command.toArray(String[]::new)));
      }
    }
    node.exec("ipset", "save").lines().filter(l -> !l.contains("PORTOLAN-")).forEach(lines::add);
    return String.join("\n", lines);
  }

  /** What of ours is there, in the words of all programs; empty when there is nothing. */
  List<String> ours() {
    var found = new ArrayList<String>();
    for (String stack : STACKS) {
      save(stack).filter(l -> l.contains("PORTOLAN")).forEach(found::add);
    }
    node.exec("nft", "list", "tables").lines().filter(OURS::contains).forEach(found::add);
    node.exec("ipset", "list", "-n")
        .lines()
        .filter(l -> l.contains("PORTOLAN"))
        .forEach(found::add);
    return found;
  }

  /** Without what it says of the other backend, which goes to stderr. */
  private Stream<String> save(String stack) {
    return node.exec("sh", "-c", stack + "-save 2>/dev/null").lines();
  }

  /** Clears everything, ours too. */
  void clear() {
    for (String stack : STACKS) {
      if (stack.endsWith("legacy")) {
        var empty = new StringBuilder();
        save(stack)
            .filter(line -> line.startsWith("*") || line.matches(":[A-Z]+ (ACCEPT|DROP) .*"))
            .map(line -> line.replaceFirst(" DROP ", " ACCEPT "))
            .forEach(
                line ->
                    empty
                        .append(line.startsWith("*") && !empty.isEmpty() ? "COMMIT\n" : "")
                        .append(line)
                        .append('\n'));
        if (!empty.isEmpty()) {
          node.exec("sh", "-c", "printf '%s' \"$0\" | " + stack + "-restore", empty + "COMMIT\n");
        }
      }
    }
    node.exec("nft", "flush", "ruleset");
    node.exec("ipset", "destroy");
  }
}
