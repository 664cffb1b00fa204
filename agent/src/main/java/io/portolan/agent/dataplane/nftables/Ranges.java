package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.IpFamily;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Address ranges as the kernel's interval sets want them: disjoint, each with a start and an end.
 */
final class Ranges {
  private Ranges() {}

  /** Whether the node has a range of Pods in this family. */
  static boolean known(NodeFacts node, Table table) {
    return node.pods().known(table.family());
  }

  /** The elements of {@link NamedSet#POD_RANGES}; ranges that overlap or touch are one. */
  static List<Element> elements(NodeFacts node, Table table) {
    var ranges =
        (node.pods() instanceof PodSources.Ranges pods ? pods.ranges() : List.<Cidr>of())
            .stream()
                .filter(r -> r.base().family() == table.family())
                .map(Ranges::span)
                .sorted(Comparator.comparing(Span::from))
                .toList();
    var elements = new ArrayList<Element>();
    Span open = null;
    for (Span range : ranges) {
      if (open == null) {
        open = range;
      } else if (range.from().compareTo(open.after()) <= 0) {
        open = new Span(open.from(), open.after().max(range.after()));
      } else {
        add(elements, open, table);
        open = range;
      }
    }
    add(elements, open, table);
    return elements;
  }

  private static void add(List<Element> elements, @Nullable Span span, Table table) {
    if (span == null) {
      return;
    }
    elements.add(Element.member(table, NamedSet.POD_RANGES, bytes(span.from(), table)));
    if (span.after().bitLength() <= 8 * table.addressBytes()) {
      elements.add(Element.rangeEnd(table, NamedSet.POD_RANGES, bytes(span.after(), table)));
    }
  }

  private static Span span(Cidr range) {
    int host = (range.base().family() == IpFamily.IPV4 ? 32 : 128) - range.prefix();
    var from = new BigInteger(1, range.base().bytes()).shiftRight(host).shiftLeft(host);
    return new Span(from, from.add(BigInteger.ONE.shiftLeft(host)));
  }

  private static byte[] bytes(BigInteger value, Table table) {
    byte[] all = value.toByteArray();
    byte[] bytes = new byte[table.addressBytes()];
    for (int i = 1; i <= bytes.length && i <= all.length; i++) {
      bytes[bytes.length - i] = all[all.length - i];
    }
    return bytes;
  }

  private record Span(BigInteger from, BigInteger after) {}
}
