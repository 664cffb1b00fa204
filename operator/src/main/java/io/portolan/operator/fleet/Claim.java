package io.portolan.operator.fleet;

import io.portolan.api.v1alpha1.NodeSelector;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One ProxyConfig's claim on nodes.
 *
 * @param createdAt creationTimestamp, RFC 3339 in UTC to the second, so that text order is time
 *     order
 * @param deleting whether the ProxyConfig is being deleted; then it owns nothing
 */
public record Claim(
    String name,
    int priority,
    String createdAt,
    @Nullable NodeSelector selector,
    boolean deleting) {

  /** The strongest first: the higher priority, then the older, then the name. */
  public static final Comparator<Claim> STRONGEST_FIRST =
      Comparator.comparingInt(Claim::priority)
          .reversed()
          .thenComparing(Claim::createdAt)
          .thenComparing(Claim::name);

  /** The claim of a ProxyConfig as the API server gave it. */
  public static Claim of(ProxyConfig config) {
    ProxyConfigSpec spec = config.getSpec();
    Integer priority = spec == null ? null : spec.priority();
    return new Claim(
        config.getMetadata().getName(),
        priority == null ? 0 : priority,
        Objects.requireNonNullElse(config.getMetadata().getCreationTimestamp(), ""),
        spec == null ? null : spec.nodeSelector(),
        config.getMetadata().getDeletionTimestamp() != null);
  }

  boolean selects(FleetNode node) {
    return !deleting && Selectors.matches(selector, node.labels());
  }
}
