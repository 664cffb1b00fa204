package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.Ip;

/** An address in a set that several Service ports use. */
record SharedAddress(NamedSet set, Ip ip) {
  Element element() {
    byte[] address = ip.bytes();
    return Element.member(
        table(), set, set == NamedSet.HAIRPIN ? Element.joined(address, address) : address);
  }

  Table table() {
    return Table.of(ip.family());
  }
}
