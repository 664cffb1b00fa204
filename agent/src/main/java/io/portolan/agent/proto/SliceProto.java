package io.portolan.agent.proto;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHints;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.ForNode;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import java.util.ArrayList;

/**
 * Reads {@code discovery/v1 EndpointSlice}, what concerns a proxy. Its optional values are pointers
 * in Go, so that what is there was set.
 */
record SliceProto(MetaProto metadata) implements ObjectProto<EndpointSlice> {

  @Override
  public EndpointSlice read(ProtoReader in) {
    var slice = new EndpointSlice();
    var endpoints = new ArrayList<Endpoint>();
    var ports = new ArrayList<EndpointPort>(2);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> slice.setMetadata(metadata.read(in.message("ObjectMeta")));
        case 2 -> endpoints.add(endpoint(in.message("Endpoint")));
        case 3 -> ports.add(port(in.message("EndpointPort")));
        case 4 -> slice.setAddressType(in.string());
        default -> in.skip();
      }
    }
    slice.setEndpoints(endpoints);
    slice.setPorts(ports);
    return slice;
  }

  private static EndpointPort port(ProtoReader in) {
    var port = new EndpointPort();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> port.setName(in.string());
        case 2 -> port.setProtocol(in.string());
        case 3 -> port.setPort(in.int32());
        default -> in.skip();
      }
    }
    return port;
  }

  private static Endpoint endpoint(ProtoReader in) {
    var endpoint = new Endpoint();
    var addresses = new ArrayList<String>(1);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> addresses.add(in.string());
        case 2 -> endpoint.setConditions(conditions(in.message("EndpointConditions")));
        case 6 -> endpoint.setNodeName(in.string());
        case 8 -> endpoint.setHints(hints(in.message("EndpointHints")));
        default -> in.skip();
      }
    }
    endpoint.setAddresses(addresses);
    return endpoint;
  }

  private static EndpointConditions conditions(ProtoReader in) {
    var conditions = new EndpointConditions();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> conditions.setReady(in.bool());
        case 2 -> conditions.setServing(in.bool());
        case 3 -> conditions.setTerminating(in.bool());
        default -> in.skip();
      }
    }
    return conditions;
  }

  private static EndpointHints hints(ProtoReader in) {
    var hints = new EndpointHints();
    var zones = new ArrayList<ForZone>(1);
    var nodes = new ArrayList<ForNode>(1);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> zones.add(new ForZone(name(in.message("ForZone"))));
        case 2 -> nodes.add(new ForNode(name(in.message("ForNode"))));
        default -> in.skip();
      }
    }
    hints.setForZones(zones);
    hints.setForNodes(nodes);
    return hints;
  }

  private static String name(ProtoReader in) {
    String name = "";
    while (in.next()) {
      if (in.field() == 1) {
        name = in.string();
      } else {
        in.skip();
      }
    }
    return name;
  }
}
