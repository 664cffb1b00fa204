package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Field.ADDRESS;
import static io.portolan.agent.dataplane.nftables.Field.MARK;
import static io.portolan.agent.dataplane.nftables.Field.PORT;
import static io.portolan.agent.dataplane.nftables.Field.PROTOCOL;
import static io.portolan.agent.dataplane.nftables.Field.VERDICT;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sets and maps of a table; a Service is nothing but elements of these. */
@SuppressWarnings("ImmutableEnumChecker") // The lists are those of List.of.
enum NamedSet {
  SERVICES(
      "services",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(VERDICT),
      "where a new connection to an address of a Service goes"),
  SERVICE_IDS(
      "service-ids",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(PROTOCOL, MARK),
      "number of the endpoints"),
  NODEPORTS(
      "nodeports",
      List.of(PROTOCOL, PORT),
      List.of(VERDICT),
      "where a new connection to a NodePort goes"),
  NODEPORT_IDS(
      "nodeport-ids", List.of(PROTOCOL, PORT), List.of(PROTOCOL, MARK), "number of the endpoints"),
  INSIDE_SERVICES(
      "inside-services",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(VERDICT),
      "external policy Local: where it goes from Pods and the node"),
  OUTSIDE_IDS(
      "outside-ids",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(PROTOCOL, MARK),
      "external policy Local: number of the endpoints on this node"),
  INSIDE_NODEPORTS(
      "inside-nodeports",
      List.of(PROTOCOL, PORT),
      List.of(VERDICT),
      "external policy Local: where it goes from Pods and the node"),
  OUTSIDE_NODEPORT_IDS(
      "outside-nodeport-ids",
      List.of(PROTOCOL, PORT),
      List.of(PROTOCOL, MARK),
      "external policy Local: number of the endpoints on this node"),
  GUARDED_SERVICES(
      "guarded-services",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(VERDICT),
      "load balancer addresses with source ranges: where it goes from an admitted source"),
  SOURCE_RANGES(
      "source-ranges",
      List.of(ADDRESS, PROTOCOL, PORT, ADDRESS),
      List.of(),
      "load balancer addresses with source ranges, and the sources they admit"),
  EXTERNAL_SERVICES(
      "external-services",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(VERDICT),
      "how connections to external addresses are masqueraded"),
  EXTERNAL_NODEPORTS(
      "external-nodeports",
      List.of(PROTOCOL, PORT),
      List.of(VERDICT),
      "how connections to NodePorts are masqueraded"),
  ENDPOINTS(
      "endpoints",
      List.of(MARK, MARK),
      List.of(ADDRESS, PORT),
      "number of the endpoints, slot: endpoint"),
  STICKY_SLOTS(
      "sticky-slots",
      List.of(MARK, MARK),
      List.of(PROTOCOL, MARK),
      "slot, number of the endpoints: number of the endpoint"),
  STICKY_ENDPOINTS(
      "sticky-endpoints",
      List.of(MARK, MARK),
      List.of(ADDRESS, PORT),
      "numbers of the endpoint and the endpoints: endpoint"),
  AFFINITY(
      "affinity",
      List.of(MARK, ADDRESS),
      List.of(PROTOCOL, MARK),
      "number of the endpoints, client: number of its endpoint"),
  NODE_ADDRESSES("node-addresses", List.of(ADDRESS), List.of(), "where NodePorts answer"),
  CLUSTER_IPS("cluster-ips", List.of(ADDRESS), List.of(), "addresses of Services"),
  HAIRPIN(
      "hairpin",
      List.of(ADDRESS, ADDRESS),
      List.of(),
      "Pods of this node that may reach themselves through a Service"),
  POD_RANGES("pod-ranges", List.of(ADDRESS), List.of(), "sources that are Pods"),
  SERVICE_RANGES(
      "service-ranges", List.of(ADDRESS), List.of(), "where addresses of Services come from");

  /**
   * Most elements of {@link #AFFINITY}. The kernel reserves 16 bytes for each from the start; when
   * it is full, further clients are served without affinity.
   */
  static final int AFFINITY_SIZE = 1 << 18;

  private static final int INTERVAL = 0x4;
  private static final int MAP = 0x8;
  private static final int TIMEOUT = 0x10;
  private static final int DYNAMIC = 0x20;
  private static final int CONCAT = 0x80;

  private final String label;
  private final List<Field> key;
  private final List<Field> data;
  private final String comment;

  NamedSet(String label, List<Field> key, List<Field> data, String comment) {
    this.label = label;
    this.key = key;
    this.data = data;
    this.comment = comment;
  }

  /** Its name in the kernel. */
  String label() {
    return label;
  }

  static @Nullable NamedSet of(String label) {
    for (NamedSet set : values()) {
      if (set.label.equals(label)) {
        return set;
      }
    }
    return null;
  }

  List<Field> key() {
    return key;
  }

  List<Field> data() {
    return data;
  }

  /** Whether it holds ranges of addresses, written and compared as a whole. */
  boolean ranges() {
    return this == POD_RANGES || this == SERVICE_RANGES;
  }

  /** Whether each element is a range of its last field ({@code NFT_SET_CONCAT}). */
  boolean rangesAtEnd() {
    return this == SOURCE_RANGES;
  }

  /** Whether the values are verdicts, kept as the name of the chain to go to. */
  boolean verdicts() {
    return data.equals(List.of(VERDICT));
  }

  String comment() {
    return comment;
  }

  /** Most elements; 0: no bound. */
  int size() {
    return this == AFFINITY ? AFFINITY_SIZE : 0;
  }

  /** {@code NFTA_SET_FLAGS}. */
  int flags() {
    return (data.isEmpty() ? 0 : MAP)
        | (this == AFFINITY ? TIMEOUT | DYNAMIC : 0)
        | (ranges() ? INTERVAL : 0)
        | (this == SOURCE_RANGES ? INTERVAL | CONCAT : 0);
  }

  /** Its nature in the kernel, to tell whether what is there can be used. */
  SetShape shape(Table table) {
    return new SetShape(
        flags(),
        Field.type(key, table),
        Field.bytes(key, table),
        Field.type(data, table),
        Field.bytes(data, table));
  }
}
