package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Our ipsets of both stacks, as {@code ipset save} prints them.
 *
 * @param types by name
 * @param elements by name; clients are left out
 */
record Sets(Map<String, String> types, Map<String, Set<String>> elements) {

  static Sets parse(String saved) {
    var types = new LinkedHashMap<String, String>();
    Map<String, Set<String>> elements = new LinkedHashMap<>();
    for (String line : saved.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (words.length >= 3 && words[1].startsWith(Names.PREFIX)) {
        if (words[0].equals("create")) {
          boolean v6 = words.length == 4 && words[3].contains("family inet6");
          types.put(words[1], words[2] + (v6 ? " inet6" : ""));
          elements.put(words[1], new HashSet<>());
        } else if (words[0].equals("add") && !words[1].contains("-" + SetKind.CLIENTS)) {
          elements.computeIfAbsent(words[1], name -> new HashSet<>()).add(words[2]);
        }
      }
    }
    return new Sets(types, elements);
  }

  /** Names of the sets of a stack. */
  List<String> of(Stack stack) {
    var names = new ArrayList<String>();
    types.keySet().stream().filter(name -> name.startsWith(stack.setPrefix())).forEach(names::add);
    return names;
  }

  /** Whether every set that we would use is of the type that we need. */
  boolean usable(Stack stack) {
    return of(stack).stream()
        .allMatch(
            name -> {
              SetKind kind = SetKind.of(stack, name);
              String type = kind == null ? SetKind.CLIENTS_TYPE : kind.type();
              boolean family = stack.v6() && kind != SetKind.HEALTH;
              return (type + (family ? " inet6" : "")).equals(types.get(name))
                  || (kind == null && !clients(stack, name));
            });
  }

  static boolean clients(Stack stack, String name) {
    return name.startsWith(stack.setPrefix() + SetKind.CLIENTS);
  }
}
