package io.portolan.agent.dataplane.iptables;

/** The tables of iptables that we write, in the order in which they are written. */
enum Table {
  FILTER("filter"),
  NAT("nat");

  private final String word;

  Table(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }
}
