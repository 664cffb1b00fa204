package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a revision with every default filled in; what the agent applies without a
 * restart.
 *
 * <p>Defaults live here and not in the schema: an API server that fills them into the user's object
 * makes GitOps tools see a difference for ever. The mode alone is filled in there too, so that
 * {@code kubectl get} can show it.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Settings(
    @JsonPropertyDescription(
            "How the kernel is programmed: nftables, iptables, or auto for the best that the node can"
                + " do.")
        @Required
        Mode mode,
    @JsonPropertyDescription("Client IP affinity of Services that ask for it.") @Required
        Affinity affinity,
    @JsonPropertyDescription("How traffic is told apart and translated.") @Required Traffic traffic,
    @JsonPropertyDescription(
            "Connection tracking of the node; absent: the kernel's values are left alone.")
        @Nullable Conntrack conntrack,
    @JsonPropertyDescription("When the agent writes to the kernel and compares with it.") @Required
        Sync sync,
    @JsonPropertyDescription("What the agent logs: error, warn, info or debug.") @Required
        LogLevel logLevel,
    @JsonPropertyDescription("Settings of mode iptables.") @Nullable Iptables iptables,
    @JsonPropertyDescription(
            """
            Whether the node is taken over from the service proxy that runs on it; absent: a node \
            that another proxy serves is left alone.""")
        @Nullable Takeover takeover) {

  /** The settings that a spec asks for. */
  public static Settings of(ProxyConfigSpec spec) {
    Affinity affinity = spec.affinity();
    Traffic traffic = spec.traffic();
    DetectLocal detect = traffic == null ? null : traffic.detectLocal();
    Sync sync = spec.sync();
    AgentPod agent = spec.agent();
    Iptables iptables = spec.iptables();
    Takeover takeover = spec.takeover();
    return new Settings(
        or(spec.mode(), Mode.NFTABLES),
        new Affinity(
            or(affinity == null ? null : affinity.timeout(), "3h"),
            or(affinity == null ? null : affinity.maxTimeout(), "24h")),
        new Traffic(
            new DetectLocal(
                or(detect == null ? null : detect.mode(), DetectLocalMode.NODE_CIDR),
                or(detect == null ? null : detect.clusterCIDRs(), List.of()),
                detect == null ? null : detect.bridgeInterface(),
                detect == null ? null : detect.interfaceNamePrefix()),
            or(traffic == null ? null : traffic.masqueradeAll(), false),
            or(traffic == null ? null : traffic.nodePortAddresses(), List.of("primary")),
            or(traffic == null ? null : traffic.localhostNodePorts(), true)),
        spec.conntrack(),
        new Sync(
            or(sync == null ? null : sync.minInterval(), "0s"),
            or(sync == null ? null : sync.auditInterval(), "5m")),
        or(agent == null ? null : agent.logLevel(), LogLevel.INFO),
        new Iptables(
            or(iptables == null ? null : iptables.backend(), IptablesBackend.AUTO),
            or(iptables == null ? null : iptables.masqueradeBit(), 12)),
        takeover == null ? null : new Takeover(takeover.from(), or(takeover.giveBack(), false)));
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return Objects.requireNonNullElse(value, otherwise);
  }
}
