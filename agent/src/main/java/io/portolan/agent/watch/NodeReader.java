package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.Node;
import io.portolan.agent.plan.NodeAddresses;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the addresses of a Node. */
final class NodeReader {
  private final List<String> complaints = new ArrayList<>();

  private NodeReader() {}

  static Reading<NodeAddresses> read(Node node) {
    var reader = new NodeReader();
    return new Reading<>(reader.addresses(node), reader.complaints);
  }

  private NodeAddresses addresses(Node node) {
    List<String> internal =
        node.getStatus() == null
            ? List.of()
            : node.getStatus().getAddresses().stream()
                .filter(address -> "InternalIP".equals(address.getType()))
                .map(address -> address.getAddress())
                .toList();
    var spec = node.getSpec();
    List<String> ranges = spec == null ? List.of() : spec.getPodCIDRs();
    if (spec != null && ranges.isEmpty() && spec.getPodCIDR() != null) {
      ranges = List.of(spec.getPodCIDR());
    }
    return new NodeAddresses(parse(internal, Ip::parse), parse(ranges, Cidr::parse));
  }

  private <T> List<T> parse(List<String> texts, Function<String, T> parser) {
    var parsed = new ArrayList<T>();
    for (String text : texts) {
      T value = parse(text, parser);
      if (value != null) {
        parsed.add(value);
      }
    }
    return List.copyOf(parsed);
  }

  private <T> @Nullable T parse(String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      complaints.add(String.valueOf(e.getMessage()));
      return null;
    }
  }
}
