package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.IpFamily;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Address ranges as the kernel's sets want them: disjoint, each with a start and an end. */
final class Ranges {
  private Ranges() {}

  /** The elements of a set that holds these ranges, as far as they are of the table's family. */
  static List<Element> elements(List<Cidr> ranges, Table table, NamedSet set) {
    var elements = new ArrayList<Element>();
    for (Span span : spans(ranges, table)) {
      elements.add(Element.member(table, set, bytes(span.from(), table)));
      if (span.after().bitLength() <= 8 * table.addressBytes()) {
        elements.add(Element.rangeEnd(table, set, bytes(span.after(), table)));
      }
    }
    return elements;
  }

  /** The ranges with something before each, as one set holds several such lists. */
  static List<Element> elements(
      List<Cidr> ranges, Table table, NamedSet set, byte[] before, byte[] userdata) {
    return spans(ranges, table).stream()
        .map(
            span ->
                Element.range(
                    table,
                    set,
                    Element.joined(before, bytes(span.from(), table)),
                    Element.joined(before, bytes(span.after().subtract(BigInteger.ONE), table)),
                    userdata))
        .toList();
  }

  /** Ranges that overlap or touch are one. */
  private static List<Span> spans(List<Cidr> ranges, Table table) {
    var sorted =
        ranges.stream()
            .filter(r -> r.base().family() == table.family())
            .map(Ranges::span)
            .sorted(Comparator.comparing(Span::from))
            .toList();
    var spans = new ArrayList<Span>();
    for (Span range : sorted) {
      Span last = spans.isEmpty() ? null : spans.getLast();
      if (last == null || range.from().compareTo(last.after()) > 0) {
        spans.add(range);
      } else {
        spans.set(spans.size() - 1, new Span(last.from(), last.after().max(range.after())));
      }
    }
    return spans;
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
