package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a revision with every default filled in; what the agent applies without a
 * restart.
 *
 * <p>Defaults live here and not in the schema: an API server that fills them into the user's object
 * makes GitOps tools see a difference for ever.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Settings(
    Mode mode,
    Affinity affinity,
    Traffic traffic,
    @Nullable Conntrack conntrack,
    Sync sync,
    LogLevel logLevel) {

  /** The settings that a spec asks for. */
  public static Settings of(ProxyConfigSpec spec) {
    Affinity affinity = spec.affinity();
    Traffic traffic = spec.traffic();
    DetectLocal detect = traffic == null ? null : traffic.detectLocal();
    Sync sync = spec.sync();
    AgentPod agent = spec.agent();
    return new Settings(
        or(spec.mode(), Mode.NFTABLES),
        new Affinity(
            or(affinity == null ? null : affinity.timeout(), "3h"),
            or(affinity == null ? null : affinity.maxTimeout(), "24h")),
        new Traffic(
            new DetectLocal(
                or(detect == null ? null : detect.mode(), DetectLocalMode.NODE_CIDR),
                or(detect == null ? null : detect.clusterCIDRs(), List.of())),
            or(traffic == null ? null : traffic.masqueradeAll(), false),
            or(traffic == null ? null : traffic.nodePortAddresses(), List.of("primary"))),
        spec.conntrack(),
        new Sync(
            or(sync == null ? null : sync.minInterval(), "0s"),
            or(sync == null ? null : sync.auditInterval(), "5m")),
        or(agent == null ? null : agent.logLevel(), LogLevel.INFO));
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return Objects.requireNonNullElse(value, otherwise);
  }
}
