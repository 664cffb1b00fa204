package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives Service ports the numbers, and endpoints the slots, that the kernel has for them already.
 * What the kernel does not know gets what a fresh build would give it.
 */
final class Adoption {
  private final FoundElements found;

  Adoption(FoundElements found) {
    this.found = found;
  }

  /** The plan with the kernel's numbers and slots. */
  Model model(Plan plan) {
    var model = new Model();
    model.node(plan.node());
    var open = new TreeMap<PortKey, PortPlan>();
    var ids = new HashMap<PortKey, Integer>();
    var taken = new HashSet<Integer>();
    for (PortPlan port : plan.ports().values()) {
      int id = knownId(port);
      if (id != 0 && taken.add(id)) {
        ids.put(port.key(), id);
      }
      open.put(port.key(), port);
    }
    open.forEach(
        (key, port) -> {
          Integer known = ids.get(key);
          int id = known == null ? model.freeId(key, taken) : known;
          taken.add(id);
          model.add(adopted(port, id));
        });
    return model;
  }

  /** The number that the kernel has for one of the port's frontends; 0 when it has none. */
  private int knownId(PortPlan port) {
    Table table = Table.of(port.key().family());
    byte[] comment = PortState.comment(port.key());
    int protocol = port.key().protocol().number();
    for (Frontend frontend : port.frontends()) {
      Element element =
          switch (frontend) {
            case Frontend.Address at ->
                found.find(
                    table, NamedSet.SERVICE_IDS, Element.service(at.ip(), protocol, at.port()));
            case Frontend.NodePort at ->
                found.find(table, NamedSet.NODEPORT_IDS, Element.nodePort(protocol, at.port()));
          };
      if (element != null && Arrays.equals(element.userdata(), comment)) {
        return Element.number(element.data());
      }
    }
    return 0;
  }

  private PortState adopted(PortPlan port, int id) {
    Table table = Table.of(port.key().family());
    var byTarget = new HashMap<ByteBuffer, Endpoint>();
    for (Endpoint endpoint : port.pools().cluster()) {
      byTarget.put(ByteBuffer.wrap(Element.target(endpoint.ip(), endpoint.port())), endpoint);
    }
    var slots = new ArrayList<@Nullable Endpoint>();
    var numbers = new HashMap<Endpoint, Integer>();
    for (int i = 0; i < port.pools().cluster().size(); i++) {
      Element target;
      int number = 0;
      if (port.affinitySeconds() == 0) {
        target = found.find(table, NamedSet.ENDPOINTS, Element.marks(id, i));
      } else {
        Element stored = found.find(table, NamedSet.STICKY_SLOTS, Element.marks(i, id));
        number = stored == null ? 0 : Element.number(stored.data());
        target = found.find(table, NamedSet.STICKY_ENDPOINTS, Element.marks(number, id));
      }
      Endpoint endpoint = target == null ? null : byTarget.get(ByteBuffer.wrap(target.data()));
      slots.add(endpoint);
      if (endpoint != null && number != 0) {
        numbers.put(new Endpoint(endpoint.ip(), endpoint.port(), false), number);
      }
    }
    return PortState.of(port, id, slots, numbers);
  }
}
