package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.IpFamily;

/** The two tables of this mode, and what differs between the families. */
enum Table {
  IPV4("ip", 2, 4, 7, 12, 16),
  IPV6("ip6", 10, 16, 8, 8, 24);

  /** Name of the table in both families. */
  static final String NAME = "portolan";

  /**
   * Stands in the table's comment. Another text there: another layout, and the table is built anew.
   */
  static final String LAYOUT = "Services of Kubernetes; layout 3";

  private final String word;
  private final int protocol;
  private final int addressBytes;
  private final int addressType;
  private final int source;
  private final int destination;

  Table(String word, int protocol, int addressBytes, int addressType, int source, int destination) {
    this.word = word;
    this.protocol = protocol;
    this.addressBytes = addressBytes;
    this.addressType = addressType;
    this.source = source;
    this.destination = destination;
  }

  static Table of(IpFamily family) {
    return family == IpFamily.IPV4 ? IPV4 : IPV6;
  }

  IpFamily family() {
    return this == IPV4 ? IpFamily.IPV4 : IpFamily.IPV6;
  }

  /** nft's word for the family. */
  String word() {
    return word;
  }

  /** {@code NFPROTO_IPV4} or {@code NFPROTO_IPV6}. */
  int protocol() {
    return protocol;
  }

  int addressBytes() {
    return addressBytes;
  }

  /** Registers of 32 bits that an address takes. */
  int words() {
    return addressBytes / 4;
  }

  /** nft's number of the type of addresses. */
  int addressType() {
    return addressType;
  }

  /** Where the source address begins in the IP header, in bytes. */
  int source() {
    return source;
  }

  /** Where the destination address begins in the IP header, in bytes. */
  int destination() {
    return destination;
  }

  @Override
  public String toString() {
    return "table " + word + " " + NAME;
  }
}
