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
      "where a new connection to a ClusterIP goes"),
  SERVICE_IDS(
      "service-ids",
      List.of(ADDRESS, PROTOCOL, PORT),
      List.of(PROTOCOL, MARK),
      "number of the Service port"),
  NODEPORTS(
      "nodeports",
      List.of(PROTOCOL, PORT),
      List.of(VERDICT),
      "where a new connection to a NodePort goes"),
  NODEPORT_IDS(
      "nodeport-ids",
      List.of(PROTOCOL, PORT),
      List.of(PROTOCOL, MARK),
      "number of the Service port"),
  ENDPOINTS(
      "endpoints",
      List.of(MARK, MARK),
      List.of(ADDRESS, PORT),
      "number of the Service port, slot: endpoint"),
  STICKY_SLOTS(
      "sticky-slots",
      List.of(MARK, MARK),
      List.of(PROTOCOL, MARK),
      "slot, number of the Service port: number of the endpoint"),
  STICKY_ENDPOINTS(
      "sticky-endpoints",
      List.of(MARK, MARK),
      List.of(ADDRESS, PORT),
      "numbers of the endpoint and the Service port: endpoint"),
  AFFINITY(
      "affinity",
      List.of(MARK, ADDRESS),
      List.of(PROTOCOL, MARK),
      "number of the Service port, client: number of its endpoint"),
  NODE_ADDRESSES("node-addresses", List.of(ADDRESS), List.of(), "where NodePorts answer"),
  CLUSTER_IPS("cluster-ips", List.of(ADDRESS), List.of(), "addresses of Services"),
  HAIRPIN(
      "hairpin",
      List.of(ADDRESS, ADDRESS),
      List.of(),
      "Pods of this node that may reach themselves through a Service"),
  POD_RANGES("pod-ranges", List.of(ADDRESS), List.of(), "sources that are Pods");

  /**
   * Most elements of {@link #AFFINITY}. The kernel reserves 16 bytes for each from the start; when
   * it is full, further clients are served without affinity.
   */
  static final int AFFINITY_SIZE = 1 << 18;

  private static final int INTERVAL = 0x4;
  private static final int MAP = 0x8;
  private static final int TIMEOUT = 0x10;
  private static final int DYNAMIC = 0x20;

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
        | (this == POD_RANGES ? INTERVAL : 0);
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
