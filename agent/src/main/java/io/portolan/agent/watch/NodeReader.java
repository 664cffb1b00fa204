package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.Node;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what a Node says of its addresses and of where it stands. */
final class NodeReader {
  private static final String ZONE = "topology.kubernetes.io/zone";
  private static final String LEAVING = "ToBeDeletedByClusterAutoscaler";

  private final List<String> complaints = new ArrayList<>();

  private NodeReader() {}

  static Reading<OwnNode> read(Node node) {
    var reader = new NodeReader();
    return new Reading<>(reader.node(node), reader.complaints);
  }

  private OwnNode node(Node node) {
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
    return new OwnNode(
        parse(internal, Ip::parse), parse(ranges, Cidr::parse), zone(node), leaving(node));
  }

  private static String zone(Node node) {
    Map<String, String> labels = node.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault(ZONE, "").intern();
  }

  private static boolean leaving(Node node) {
    return node.getMetadata().getDeletionTimestamp() != null
        || (node.getSpec() != null
            && node.getSpec().getTaints().stream().anyMatch(t -> LEAVING.equals(t.getKey())));
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
