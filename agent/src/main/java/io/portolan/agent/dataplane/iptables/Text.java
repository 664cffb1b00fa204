package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.util.List;
import java.util.Locale;

/** Parts of rules and elements, as {@code iptables-save} and {@code ipset save} print them. */
final class Text {
  private Text() {}

  static String comment(String words) {
    return "-m comment --comment \"" + words + "\"";
  }

  static String in(Stack stack, SetKind set, String flags) {
    return "-m set --match-set " + set.in(stack) + " " + flags;
  }

  static String notIn(Stack stack, SetKind set, String flags) {
    return "-m set ! --match-set " + set.in(stack) + " " + flags;
  }

  static String mark(int bit) {
    return "-j MARK --set-xmark %s/%s".formatted(hex(bit), hex(bit));
  }

  static String hex(int bit) {
    return String.format(Locale.ROOT, "0x%x", bit);
  }

  /**
   * A chance of one in so many, as the kernel rounds it (31 bits, {@code
   * linux/netfilter/xt_statistic.h}).
   *
   * @param count at least 2
   */
  static String oneIn(int count) {
    long rounded = (long) Math.rint(0x80000000L / (double) count);
    // Eleven digits: times 10^11 / 2^31, which is 5^11 / 2^20. No format, since every endpoint
    // comes by.
    String digits = Long.toString((rounded * 48_828_125 + (1 << 19)) >> 20);
    return "-m statistic --mode random --probability 0."
        + "0".repeat(11 - digits.length())
        + digits;
  }

  /**
   * Goes before the protocol of a rule: packets that come through an interface of Pods, or through
   * another one; empty when Pods are told by their addresses.
   */
  static String interfaces(NodeFacts node, boolean pods) {
    return node.pods() instanceof PodSources.Interfaces some
        ? (pods ? "" : "! ") + "-i " + some.name() + (some.prefix() ? "+" : "") + " "
        : "";
  }

  /** Goes after the protocol of a rule: packets of Pods, or others, told by their addresses. */
  static String addresses(Stack stack, NodeFacts node, boolean pods) {
    return node.pods() instanceof PodSources.Interfaces
        ? ""
        : (pods ? in(stack, SetKind.PODS, "src") : notIn(stack, SetKind.PODS, "src")) + " ";
  }

  /** An element of a set of ranges; two for the range of all addresses, which no set can hold. */
  static List<String> range(Cidr range) {
    if (range.prefix() == 0) {
      return halves(range.base().family());
    }
    int most = range.base().family() == IpFamily.IPV4 ? 32 : 128;
    Ip base = masked(range);
    return List.of(range.prefix() == most ? base.toString() : base + "/" + range.prefix());
  }

  /** All addresses of a family, in two ranges. */
  static List<String> halves(IpFamily family) {
    return family == IpFamily.IPV4
        ? List.of("0.0.0.0/1", "128.0.0.0/1")
        : List.of("::/1", "8000::/1");
  }

  private static Ip masked(Cidr range) {
    byte[] bytes = range.base().bytes();
    for (int bit = range.prefix(); bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >>> bit % 8);
    }
    return Ip.of(bytes);
  }
}
