package io.portolan.agent.others;

import io.portolan.agent.kernel.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Rules of other hands on a node, that must never change: kubelet's, those of the CNI, of Docker
 * and of an administrator, in every backend and family; and all that is in the kernel, as text.
 */
final class ForeignRules {
  static final List<String> BACKENDS = List.of("legacy", "nft");

  private static final String RULES =
      """
      *mangle
      :KUBE-IPTABLES-HINT - [0:0]
      :KUBE-KUBELET-CANARY - [0:0]
      COMMIT
      *nat
      :DOCKER - [0:0]
      :CNI-HOSTPORT-DNAT - [0:0]
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
      -A POSTROUTING -o nowhere0 -m comment --comment "speaks of -j KUBE-SERVICES" -j MASQUERADE
      -A DOCKER -i docker0 -j RETURN
      -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "a port of a Pod" -m multiport --dports 8080 -j RETURN
      COMMIT
      *filter
      :DOCKER-USER - [0:0]
      -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
      -A FORWARD -j DOCKER-USER
      -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
      -A DOCKER-USER -j RETURN
      COMMIT
      """;

  private static final String TABLE =
      """
      table inet users {
        set allowed { type inet_service; elements = { 22, 80 } }
        chain input {
          type filter hook input priority 10; policy accept;
          tcp dport @allowed counter accept
        }
      }
      """;

  private final NetworkNamespace node;
  private final Path folder;

  ForeignRules(NetworkNamespace node, Path folder) {
    this.node = node;
    this.folder = folder;
  }

  /** Puts all of them there. */
  void settle() {
    for (String backend : BACKENDS) {
      rules(backend, RULES);
    }
    node.exec("nft", "-f", file(TABLE));
    node.exec("ipset", "create", "mine", "hash:ip");
    node.exec("ipset", "add", "mine", "10.0.0.1");
  }

  /** Adds rules of both families to a backend. */
  void rules(String backend, String rules) {
    for (String program : List.of("iptables-", "ip6tables-")) {
      node.exec(program + backend + "-restore", "--noflush", file(rules));
    }
  }

  /** All that the kernel has, without counters and without tables that are empty. */
  Map<String, String> state() {
    var state = new TreeMap<String, String>();
    for (String program : List.of("iptables-", "ip6tables-")) {
      for (String backend : BACKENDS) {
        state.put(program + backend, tables(node.exec(program + backend + "-save")));
      }
    }
    for (String table : node.exec("nft", "list", "tables").lines().toList()) {
      if (!table.matches("table ip6? (nat|filter|mangle|raw)")) {
        String[] words = table.split(" ", -1);
        state.put("nft " + table, node.exec("nft", "list", "table", words[1], words[2]));
      }
    }
    state.put("ipset", node.exec("ipset", "save"));
    return state;
  }

  /** Chains with their rules, by table; a table in which nobody has anything is left out. */
  private static String tables(String saved) {
    var text = new StringBuilder();
    for (String table : saved.split("(?m)^\\*", -1)) {
      String lines =
          table
              .lines()
              .filter(line -> !line.startsWith("#"))
              .map(line -> line.replaceAll(" \\[[0-9]+:[0-9]+\\]", ""))
              .reduce("", (a, b) -> a + b + "\n");
      if (lines.lines().anyMatch(line -> line.startsWith("-A ") || line.matches(":.* -"))) {
        text.append('*').append(lines);
      }
    }
    return text.toString();
  }

  private String file(String text) {
    try {
      return Files.writeString(Files.createTempFile(folder, "rules", ""), text).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
