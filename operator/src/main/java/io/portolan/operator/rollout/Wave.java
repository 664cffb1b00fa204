package io.portolan.operator.rollout;

import io.portolan.api.v1alpha1.NodeSelector;
import io.portolan.operator.fleet.Selectors;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which nodes may have a revision once this wave is open, besides those of the waves before. */
public sealed interface Wave {
  /** Without a bound. */
  int ALL = Integer.MAX_VALUE;

  /** Whether the wave may take this node. */
  boolean covers(NodeProgress node);

  /** How many nodes may have the revision in all, the waves before included. */
  int quota(int total);

  /** For a person. */
  String words();

  /**
   * The first wave.
   *
   * @param nodes {@link #ALL}: every node that the selector matches
   * @param selector null: any node
   */
  record Canary(int nodes, @Nullable NodeSelector selector) implements Wave {
    @Override
    public boolean covers(NodeProgress node) {
      return Selectors.matches(selector, node.labels());
    }

    @Override
    public int quota(int total) {
      return nodes;
    }

    @Override
    public String words() {
      return "canary";
    }
  }

  /** Until this share of all nodes, or this number of them, has the revision. */
  record Share(Amount amount) implements Wave {
    @Override
    public boolean covers(NodeProgress node) {
      return true;
    }

    @Override
    public int quota(int total) {
      return amount.of(total);
    }

    @Override
    public String words() {
      return amount.percent() ? amount.value() + "% of the nodes" : amount.value() + " nodes";
    }
  }

  /** Every node of these zones. */
  record Zones(Set<String> names) implements Wave {
    public Zones {
      names = Set.copyOf(names);
    }

    @Override
    public boolean covers(NodeProgress node) {
      return names.contains(node.zone());
    }

    @Override
    public int quota(int total) {
      return ALL;
    }

    @Override
    public String words() {
      return "zones " + String.join(", ", names.stream().sorted().toList());
    }
  }

  /** Every node that is left. */
  record Rest() implements Wave {
    @Override
    public boolean covers(NodeProgress node) {
      return true;
    }

    @Override
    public int quota(int total) {
      return ALL;
    }

    @Override
    public String words() {
      return "every node";
    }
  }
}
