package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one policy of a Service port in the kernel: their number, and which endpoint has
 * which slot. An endpoint keeps its slot as long as it can, so that a change touches few elements:
 * when one goes, the last one moves into the gap.
 */
final class PoolState {
  private static final int[] NO_NUMBERS = {};

  private final int id;
  private final Endpoint[] slots;

  /** Numbers of the endpoints, slot by slot; empty without affinity. */
  private final int[] numbers;

  private PoolState(int id, Endpoint[] slots, int[] numbers) {
    this.id = id;
    this.slots = slots;
    this.numbers = numbers;
  }

  /**
   * Endpoints of which something may be known.
   *
   * @param sticky whether clients are remembered
   * @param known endpoint (address and port as in {@link Element#target}) by slot; null where
   *     nothing is known
   * @param knownNumbers numbers of endpoints that clients may remember
   */
  static PoolState of(
      int id,
      List<Endpoint> endpoints,
      boolean sticky,
      List<@Nullable Endpoint> known,
      Map<Endpoint, Integer> knownNumbers) {
    var slots = slots(endpoints, known);
    return new PoolState(id, slots, sticky ? numbers(slots, knownNumbers) : NO_NUMBERS);
  }

  /** The same with other endpoints. */
  PoolState next(List<Endpoint> endpoints, boolean sticky) {
    var known = new HashMap<Endpoint, Integer>();
    for (int i = 0; i < numbers.length; i++) {
      known.put(anywhere(slots[i]), numbers[i]);
    }
    return of(id, endpoints, sticky, Arrays.asList(slots), known);
  }

  int id() {
    return id;
  }

  /** Endpoints by their numbers; empty without affinity. */
  Map<Integer, Endpoint> numbered() {
    var numbered = new HashMap<Integer, Endpoint>();
    for (int i = 0; i < numbers.length; i++) {
      numbered.put(numbers[i], slots[i]);
    }
    return numbered;
  }

  int size() {
    return slots.length;
  }

  /** Adds the elements that lead from the number to the endpoints. */
  void elements(Table table, int protocol, byte[] comment, List<Element> into) {
    for (int i = 0; i < slots.length; i++) {
      byte[] target = Element.target(slots[i].ip(), slots[i].port());
      if (numbers.length == 0) {
        into.add(Element.mapping(table, NamedSet.ENDPOINTS, Element.marks(id, i), target, comment));
      } else {
        byte[] stickySlot = Element.marks(i, id);
        byte[] number = Element.number(protocol, numbers[i]);
        byte[] own = Element.marks(numbers[i], id);
        into.add(Element.mapping(table, NamedSet.STICKY_SLOTS, stickySlot, number, comment));
        into.add(Element.mapping(table, NamedSet.STICKY_ENDPOINTS, own, target, comment));
      }
    }
  }

  /** The endpoints on this node. */
  List<Endpoint> local() {
    return Arrays.stream(slots).filter(Endpoint::local).toList();
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

  private static int[] numbers(Endpoint[] slots, Map<Endpoint, Integer> known) {
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
        byte[] target = Element.target(slots[i].ip(), slots[i].port());
        int number = Hash.number(Hash.of(target, Hash.START));
        while (!taken.add(number)) {
          number = Hash.next(number);
        }
        numbers[i] = number;
      }
    }
    return numbers;
  }

  /** The endpoint as the kernel knows it, which does not know whether it is local. */
  private static Endpoint anywhere(Endpoint endpoint) {
    return endpoint.local() ? new Endpoint(endpoint.ip(), endpoint.port(), false) : endpoint;
  }
}
