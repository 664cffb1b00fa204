package io.portolan.agent.service;

/**
 * An address range.
 *
 * @param base an address of the range; its host bits may be set
 * @param prefix length of the prefix in bits, 0 to 32 or 0 to 128
 */
public record Cidr(Ip base, int prefix) {

  /** Refuses a prefix that the family cannot have. */
  public Cidr {
    int most = base.family() == IpFamily.IPV4 ? 32 : 128;
    if (prefix < 0 || prefix > most) {
      throw new IllegalArgumentException("prefix length " + prefix + " is not in 0-" + most);
    }
  }

  /**
   * Reads {@code 10.0.0.0/8}.
   *
   * @throws IllegalArgumentException when the text is not an address and a prefix length
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("not an address range such as 10.0.0.0/8: " + text);
    }
    try {
      return new Cidr(
          Ip.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not an address range such as 10.0.0.0/8: " + text, e);
    }
  }

  /** The range of that one address. */
  public static Cidr of(Ip ip) {
    return new Cidr(ip, ip.family() == IpFamily.IPV4 ? 32 : 128);
  }

  /** Whether the address lies in the range; an address of the other family never does. */
  public boolean contains(Ip ip) {
    if (ip.family() != base.family()) {
      return false;
    }
    int offset = base.family() == IpFamily.IPV4 ? 32 : 0;
    int highBits = base.family() == IpFamily.IPV4 ? 0 : Math.min(prefix, 64);
    int lowBits = base.family() == IpFamily.IPV4 ? prefix : Math.max(prefix - 64, 0);
    return same(ip.high(), base.high(), highBits)
        && same(ip.low() << offset, base.low() << offset, lowBits);
  }

  private static boolean same(long a, long b, int bits) {
    return bits == 0 || (a ^ b) >>> (64 - bits) == 0;
  }

  @Override
  public String toString() {
    return base + "/" + prefix;
  }
}
