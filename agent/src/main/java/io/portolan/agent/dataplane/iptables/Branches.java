package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.service.Ip;
import java.util.HexFormat;
import java.util.List;

/**
 * The way from a root to a leaf of one of the two trees, which spare a packet the walk over all
 * Services: addresses by their low bits, ports by their high ones.
 *
 * @param branch chain below the root
 * @param leaf chain below that
 * @param keyOfBranch names the rule in the root that leads to the branch
 * @param keyOfLeaf names the rule in the branch that leads to the leaf
 * @param toBranch match of the rule in the root
 * @param toLeaf match of the rule in the branch
 */
record Branches(
    String root,
    String branch,
    String leaf,
    String keyOfBranch,
    String keyOfLeaf,
    String toBranch,
    String toLeaf) {
  private static final int BITS = 5;
  private static final int MASK = (1 << BITS) - 1;

  static Branches address(Stack stack, Ip ip) {
    int first = (int) ip.low() & MASK;
    int second = (int) ip.low() >>> BITS & MASK;
    String branch = "PORTOLAN-IP-" + hex(first);
    String leaf = branch + "-" + hex(second);
    return new Branches(
        NodeRules.IPS,
        branch,
        leaf,
        branch,
        leaf,
        "-d " + low(stack, first) + "/" + low(stack, MASK),
        "-d " + low(stack, second << BITS) + "/" + low(stack, MASK << BITS));
  }

  private static String hex(int bits) {
    return HexFormat.of().toHexDigits((byte) bits);
  }

  /** An address with nothing but these low bits. */
  private static Ip low(Stack stack, int bits) {
    return new Ip(stack.family(), 0, bits);
  }

  static Branches port(String protocol, int port) {
    int many = port & ~0xff;
    int few = port & ~0xf;
    String branch = "PORTOLAN-PORTS-" + many;
    String leaf = "PORTOLAN-PORT-" + few;
    String match = "-p " + protocol + " -m " + protocol + " --dport ";
    return new Branches(
        NodeRules.PORTS,
        branch,
        leaf,
        branch + " " + protocol,
        leaf + " " + protocol,
        match + many + ":" + (many + 0xff),
        match + few + ":" + (few + 0xf));
  }

  /** Adds rules to the leaf, and what leads there; nothing when there are none. */
  void add(Share share, String key, List<Line> lines) {
    if (!lines.isEmpty()) {
      share.piece(Table.NAT, root, keyOfBranch, List.of(Line.of(toBranch + " -g " + branch)));
      share.piece(Table.NAT, branch, keyOfLeaf, List.of(Line.of(toLeaf + " -g " + leaf)));
      share.piece(Table.NAT, leaf, key, lines);
    }
  }
}
