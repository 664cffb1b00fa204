package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Frontend;

/** How a packet names the Service port it wants: the maps for each way. */
enum Door {
  /** By an address of the Service. */
  SERVICE(
      "",
      NamedSet.SERVICES,
      NamedSet.SERVICE_IDS,
      NamedSet.INSIDE_SERVICES,
      NamedSet.OUTSIDE_IDS,
      NamedSet.EXTERNAL_SERVICES),
  /** By a port on an address of the node. */
  NODEPORT(
      "nodeport-",
      NamedSet.NODEPORTS,
      NamedSet.NODEPORT_IDS,
      NamedSet.INSIDE_NODEPORTS,
      NamedSet.OUTSIDE_NODEPORT_IDS,
      NamedSet.EXTERNAL_NODEPORTS);

  private final String prefix;
  private final NamedSet verdicts;
  private final NamedSet ids;
  private final NamedSet inside;
  private final NamedSet outsideIds;
  private final NamedSet external;

  Door(
      String prefix,
      NamedSet verdicts,
      NamedSet ids,
      NamedSet inside,
      NamedSet outsideIds,
      NamedSet external) {
    this.prefix = prefix;
    this.verdicts = verdicts;
    this.ids = ids;
    this.inside = inside;
    this.outsideIds = outsideIds;
    this.external = external;
  }

  static Door of(Frontend frontend) {
    return frontend instanceof Frontend.NodePort ? NODEPORT : SERVICE;
  }

  /** What a packet shows of a frontend, the key of all these maps. */
  static byte[] key(Frontend frontend, int protocol) {
    return switch (frontend) {
      case Frontend.Address at -> Element.service(at.ip(), protocol, at.port());
      case Frontend.NodePort at -> Element.nodePort(protocol, at.port());
    };
  }

  /** How names of chains for this door begin. */
  String prefix() {
    return prefix;
  }

  NamedSet verdicts() {
    return verdicts;
  }

  NamedSet ids() {
    return ids;
  }

  NamedSet inside() {
    return inside;
  }

  NamedSet outsideIds() {
    return outsideIds;
  }

  NamedSet external() {
    return external;
  }
}
