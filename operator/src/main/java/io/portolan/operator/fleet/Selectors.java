package io.portolan.operator.fleet;

import io.portolan.api.v1alpha1.NodeSelector;
import io.portolan.api.v1alpha1.NodeSelectorRequirement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Label selectors as Kubernetes evaluates {@code metav1.LabelSelector}: every requirement must
 * hold; no requirement holds for every node; {@code NotIn} also holds for a node without the label.
 */
public final class Selectors {
  private Selectors() {}

  /** Whether a node with these labels is selected; no selector selects every node. */
  public static boolean matches(@Nullable NodeSelector selector, Map<String, String> labels) {
    if (selector == null) {
      return true;
    }
    Map<String, String> wanted = Objects.requireNonNullElse(selector.matchLabels(), Map.of());
    List<NodeSelectorRequirement> expressions =
        Objects.requireNonNullElse(selector.matchExpressions(), List.of());
    return wanted.entrySet().stream().allMatch(e -> e.getValue().equals(labels.get(e.getKey())))
        && expressions.stream().allMatch(e -> holds(e, labels));
  }

  private static boolean holds(NodeSelectorRequirement requirement, Map<String, String> labels) {
    String value = labels.get(requirement.key());
    List<String> values = Objects.requireNonNullElse(requirement.values(), List.of());
    return switch (requirement.operator()) {
      case IN -> value != null && values.contains(value);
      case NOT_IN -> value == null || !values.contains(value);
      case EXISTS -> value != null;
      case DOES_NOT_EXIST -> value == null;
    };
  }
}
