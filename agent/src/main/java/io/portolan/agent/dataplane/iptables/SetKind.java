package io.portolan.agent.dataplane.iptables;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The ipsets that always exist, in the order in which elements are added; they are deleted the
 * other way round. Keys of {@code PORTS_*} hold for any address.
 */
enum SetKind {
  PODS("hash:net"),
  NODE_IPS("hash:net"),
  HAIRPIN("hash:ip,port,ip"),
  CLUSTER_IPS("hash:ip,port"),
  EXTERNAL("hash:ip,port"),
  EXTERNAL_LOCAL("hash:ip,port"),
  /** Before {@link #GUARDED}, which turns everyone away who is not in it. */
  SOURCES("hash:ip,port,net"),
  GUARDED("hash:ip,port"),
  REJECT("hash:ip,port"),
  DROP("hash:ip,port"),
  PORTS_REJECT("hash:net,port"),
  PORTS_DROP("hash:net,port"),
  /** Everyone, to count who reaches a NodePort on loopback. */
  LOOPBACK("hash:net"),
  HEALTH("bitmap:port");

  /** What follows the stack's prefix in the name of a set of clients. */
  static final String CLIENTS = "A-";

  static final String CLIENTS_TYPE = "hash:ip";

  private final String type;

  SetKind(String type) {
    this.type = type;
  }

  String type() {
    return type;
  }

  String in(Stack stack) {
    return stack.setPrefix() + name().replace('_', '-');
  }

  /** The kind of a set; null when it is none of them. */
  static @Nullable SetKind of(Stack stack, String name) {
    if (name.startsWith(stack.setPrefix())) {
      String rest = name.substring(stack.setPrefix().length()).replace('-', '_');
      for (SetKind kind : values()) {
        if (kind.name().equals(rest.toUpperCase(Locale.ROOT))) {
          return kind;
        }
      }
    }
    return null;
  }

  /** What {@code ipset create} is told after the name. */
  String spec(Stack stack) {
    return this == HEALTH
        ? type + " range 0-65535"
        : type
            + " family "
            + stack.setFamily()
            + " maxelem 1048576"
            + (this == LOOPBACK ? " counters" : "");
  }

  /** The same for a set of clients, each of which comes with its own timeout. */
  static String clientsSpec(Stack stack) {
    return CLIENTS_TYPE + " family " + stack.setFamily() + " maxelem 1048576 timeout 0";
  }
}
