package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Ip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Service port in the kernel: its plan, its number, and which endpoint has which slot. An
 * endpoint keeps its slot as long as it can, so that a change touches few elements: when one goes,
 * the last one moves into the gap.
 */
final class PortState {
  private static final int[] NO_NUMBERS = {};

  private final PortPlan plan;
  private final int id;
  private final Endpoint[] slots;

  /** Numbers of the endpoints, slot by slot; empty without affinity. */
  private final int[] numbers;

  private PortState(PortPlan plan, int id, Endpoint[] slots, int[] numbers) {
    this.plan = plan;
    this.id = id;
    this.slots = slots;
    this.numbers = numbers;
  }

  /**
   * A Service port of which something may be known.
   *
   * @param known endpoint (address and port as in {@link Element#target}) by slot; null where
   *     nothing is known
   * @param knownNumbers numbers of endpoints that clients may remember
   */
  static PortState of(
      PortPlan plan, int id, List<@Nullable Endpoint> known, Map<Endpoint, Integer> knownNumbers) {
    var slots = slots(plan.pools().cluster(), known);
    return new PortState(plan, id, slots, numbers(plan, slots, knownNumbers));
  }

  /** The same Service port with a new plan. */
  PortState next(PortPlan changed) {
    var known = new HashMap<Endpoint, Integer>();
    for (int i = 0; i < numbers.length; i++) {
      known.put(anywhere(slots[i]), numbers[i]);
    }
    return of(changed, id, Arrays.asList(slots), known);
  }

  int id() {
    return id;
  }

  PortPlan plan() {
    return plan;
  }

  Table table() {
    return Table.of(plan.key().family());
  }

  /** The pick chains that its frontends lead to. */
  List<PickChain> picks() {
    var picks = new ArrayList<PickChain>();
    if (slots.length > 0) {
      for (Frontend frontend : plan.frontends()) {
        picks.add(pick(frontend instanceof Frontend.NodePort));
      }
    }
    return picks;
  }

  private PickChain pick(boolean nodePort) {
    return new PickChain(nodePort, slots.length, plan.affinitySeconds());
  }

  /** Its elements, all of them its own. */
  List<Element> elements() {
    Table table = table();
    PortKey key = plan.key();
    byte[] comment = comment(key);
    int protocol = key.protocol().number();
    var elements = new ArrayList<Element>(2 * plan.frontends().size() + 2 * slots.length);
    byte[] stored = Element.number(protocol, id);
    for (Frontend frontend : plan.frontends()) {
      switch (frontend) {
        case Frontend.Address at -> {
          byte[] to = Element.service(at.ip(), protocol, at.port());
          elements.add(Element.mapping(table, NamedSet.SERVICES, to, verdict(false), comment));
          elements.add(Element.mapping(table, NamedSet.SERVICE_IDS, to, stored, comment));
        }
        case Frontend.NodePort at -> {
          byte[] to = Element.nodePort(protocol, at.port());
          elements.add(Element.mapping(table, NamedSet.NODEPORTS, to, verdict(true), comment));
          elements.add(Element.mapping(table, NamedSet.NODEPORT_IDS, to, stored, comment));
        }
      }
    }
    for (int i = 0; i < slots.length; i++) {
      byte[] target = Element.target(slots[i].ip(), slots[i].port());
      if (numbers.length == 0) {
        elements.add(
            Element.mapping(table, NamedSet.ENDPOINTS, Element.marks(id, i), target, comment));
      } else {
        byte[] stickySlot = Element.marks(i, id);
        byte[] number = Element.number(protocol, numbers[i]);
        byte[] own = Element.marks(numbers[i], id);
        elements.add(Element.mapping(table, NamedSet.STICKY_SLOTS, stickySlot, number, comment));
        elements.add(Element.mapping(table, NamedSet.STICKY_ENDPOINTS, own, target, comment));
      }
    }
    return elements;
  }

  /** Addresses that it shares with other Service ports, as often as it uses each. */
  List<SharedAddress> shared() {
    var shared = new ArrayList<SharedAddress>();
    for (Frontend frontend : plan.frontends()) {
      if (frontend instanceof Frontend.Address at) {
        shared.add(new SharedAddress(NamedSet.CLUSTER_IPS, at.ip()));
      }
    }
    for (Endpoint endpoint : slots) {
      if (endpoint.local()) {
        shared.add(new SharedAddress(NamedSet.HAIRPIN, endpoint.ip()));
      }
    }
    return shared;
  }

  /** The comment on the elements of a Service port. */
  static byte[] comment(PortKey key) {
    return Userdata.element(key.toString());
  }

  private byte[] verdict(boolean nodePort) {
    return Element.verdict(slots.length == 0 ? RuleBook.REJECT : pick(nodePort).name());
  }

  private static Endpoint[] slots(List<Endpoint> planned, List<@Nullable Endpoint> known) {
    var open = new HashMap<Endpoint, Endpoint>();
    for (Endpoint endpoint : planned) {
      open.put(anywhere(endpoint), endpoint);
    }
    var slots = new @Nullable Endpoint[planned.size()];
    var homeless = new ArrayList<Endpoint>();
    for (int i = 0; i < known.size(); i++) {
      Endpoint old = known.get(i);
      Endpoint same = old == null ? null : open.remove(anywhere(old));
      if (same != null && i < slots.length) {
        slots[i] = same;
      } else if (same != null) {
        homeless.add(same);
      }
    }
    for (Endpoint endpoint : planned) {
      if (open.containsKey(anywhere(endpoint))) {
        homeless.add(endpoint);
      }
    }
    return filled(slots, homeless);
  }

  private static Endpoint[] filled(@Nullable Endpoint[] slots, Collection<Endpoint> homeless) {
    var filled = new Endpoint[slots.length];
    var next = homeless.iterator();
    for (int i = 0; i < slots.length; i++) {
      Endpoint kept = slots[i];
      filled[i] = kept == null ? next.next() : kept;
    }
    return filled;
  }

  private static int[] numbers(PortPlan plan, Endpoint[] slots, Map<Endpoint, Integer> known) {
    if (plan.affinitySeconds() == 0 || slots.length == 0) {
      return NO_NUMBERS;
    }
    int[] numbers = new int[slots.length];
    var taken = new HashSet<Integer>();
    for (int i = 0; i < slots.length; i++) {
      Integer number = known.get(anywhere(slots[i]));
      if (number != null && taken.add(number)) {
        numbers[i] = number;
      }
    }
    for (int i = 0; i < slots.length; i++) {
      if (numbers[i] == 0) {
        int number = number(slots[i].ip(), slots[i].port());
        while (!taken.add(number)) {
          number = Hash.next(number);
        }
        numbers[i] = number;
      }
    }
    return numbers;
  }

  private static int number(Ip ip, int port) {
    return Hash.number(Hash.of(Element.target(ip, port), Hash.START));
  }

  /** The endpoint as the kernel knows it, which does not know whether it is local. */
  private static Endpoint anywhere(Endpoint endpoint) {
    return endpoint.local() ? new Endpoint(endpoint.ip(), endpoint.port(), false) : endpoint;
  }
}
