package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.List;

/**
 * What one Service port, or the node itself, has in the kernel.
 *
 * @param clients names of sets of clients
 */
record Share(List<Piece> pieces, List<Member> members, List<String> clients) {
  Share() {
    this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  }

  void piece(Table table, String chain, String key, List<Line> lines) {
    pieces.add(new Piece(new ChainId(table, chain), key, List.copyOf(lines)));
  }

  void member(SetKind set, String element) {
    members.add(new Member(set, element));
  }
}
