package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.Ip;
import org.jspecify.annotations.Nullable;

/** An address in a set that several Service ports use. */
record SharedAddress(NamedSet set, Ip ip) {
  Element element() {
    byte[] address = ip.bytes();
    return Element.member(
        table(), set, set == NamedSet.HAIRPIN ? Element.joined(address, address) : address);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SharedAddress that && set == that.set && ip.equals(that.ip);
  }

  @Override
  public int hashCode() {
    return 31 * ip.hashCode() + set.hashCode();
  }

  Table table() {
    return Table.of(ip.family());
  }
}
