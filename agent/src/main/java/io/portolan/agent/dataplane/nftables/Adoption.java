package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.TrafficPolicy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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

  /** The plan with the kernel's numbers and slots, behind these doors. */
  Model model(Plan plan, Doors doors) {
    var model = new Model();
    model.node(plan.node(), doors);
    var known = new HashMap<Pool, Integer>();
    var taken = new HashSet<Integer>();
    for (PortPlan port : plan.ports().values()) {
      for (TrafficPolicy policy : TrafficPolicy.values()) {
        int id = knownId(port, policy);
        if (id != 0 && taken.add(id)) {
          known.put(new Pool(port.key(), policy), id);
        }
      }
    }
    // In an order that does not depend on the map, for numbers that collide.
    for (PortPlan port : new TreeMap<>(plan.ports()).values()) {
      model.add(
          PortState.of(
              port,
              (policy, endpoints, sticky) -> {
                Integer id = known.get(new Pool(port.key(), policy));
                int number = id == null ? model.freeId(port.key(), policy, taken) : id;
                taken.add(number);
                return adopted(port, number, endpoints, sticky);
              }));
    }
    return model;
  }

  private record Pool(PortKey key, TrafficPolicy policy) {}

  /** The number that the kernel has for a policy's endpoints; 0 when it has none. */
  private int knownId(PortPlan port, TrafficPolicy policy) {
    Table table = Table.of(port.key().family());
    byte[] comment = PortState.comment(port.key());
    for (Frontend frontend : port.frontends()) {
      NamedSet numbers = PortState.numbers(port, frontend, policy);
      if (numbers != null) {
        byte[] key = Door.key(frontend, port.key().protocol().number());
        Element element = found.find(table, numbers, key);
        if (element != null && Arrays.equals(element.userdata(), comment)) {
          return Element.number(element.data());
        }
      }
    }
    return 0;
  }

  private PoolState adopted(PortPlan port, int id, List<Endpoint> endpoints, boolean sticky) {
    Table table = Table.of(port.key().family());
    var byTarget = new HashMap<ByteBuffer, Endpoint>();
    for (Endpoint endpoint : endpoints) {
      byTarget.put(ByteBuffer.wrap(Element.target(endpoint.ip(), endpoint.port())), endpoint);
    }
    var slots = new ArrayList<@Nullable Endpoint>();
    var numbers = new HashMap<Endpoint, Integer>();
    for (int i = 0; i < endpoints.size(); i++) {
      Element target;
      int number = 0;
      if (sticky) {
        Element stored = found.find(table, NamedSet.STICKY_SLOTS, Element.marks(i, id));
        number = stored == null ? 0 : Element.number(stored.data());
        target = found.find(table, NamedSet.STICKY_ENDPOINTS, Element.marks(number, id));
      } else {
        target = found.find(table, NamedSet.ENDPOINTS, Element.marks(id, i));
      }
      Endpoint endpoint = target == null ? null : byTarget.get(ByteBuffer.wrap(target.data()));
      slots.add(endpoint);
      if (endpoint != null && number != 0) {
        numbers.put(new Endpoint(endpoint.ip(), endpoint.port(), false), number);
      }
    }
    return PoolState.of(id, endpoints, sticky, slots, numbers);
  }
}
