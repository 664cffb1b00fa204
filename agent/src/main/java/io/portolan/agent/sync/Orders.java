package io.portolan.agent.sync;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.switching.Wish;
import io.portolan.api.v1alpha1.Affinity;
import io.portolan.api.v1alpha1.Conntrack;
import io.portolan.api.v1alpha1.DetectLocal;
import io.portolan.api.v1alpha1.DetectLocalMode;
import io.portolan.api.v1alpha1.GoDuration;
import io.portolan.api.v1alpha1.Iptables;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.Traffic;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the operator asks of this node, read from {@code NodeProxy.spec}.
 *
 * @param generation {@code metadata.generation} of the NodeProxy
 * @param removed everything of ours shall leave the kernel
 * @param wish how the kernel shall be programmed
 * @param takeover null: a node that another proxy serves is left alone
 * @param taken whether the node was taken over from another proxy, and not given back since
 * @param minInterval least time between two writes to the kernel
 * @param auditInterval time between two comparisons with the kernel
 */
public record Orders(
    long generation,
    String revision,
    boolean removed,
    Wish wish,
    @Nullable Takeover takeover,
    boolean taken,
    TrafficRule traffic,
    AffinityRule affinity,
    Duration minInterval,
    Duration auditInterval,
    @Nullable Conntrack conntrack,
    LogLevel logLevel) {
  /** None of kube-proxy, kubelet, the network plugins, Istio and Tailscale has it. */
  private static final int MASQUERADE_BIT = 12;

  /**
   * Reads a spec.
   *
   * @param status what the node last said of itself; null: nothing yet
   * @throws IllegalArgumentException when a field cannot be understood; the message names it
   */
  public static Orders of(long generation, NodeProxySpec spec, @Nullable NodeProxyStatus status) {
    Settings settings = spec.settings();
    Affinity affinity = settings.affinity();
    return new Orders(
        generation,
        spec.revision(),
        spec.state() == NodeState.REMOVED,
        wish(settings),
        settings.takeover(),
        taken(status),
        traffic(settings.traffic()),
        new AffinityRule(
            seconds("affinity.timeout", affinity.timeout(), Duration.ofHours(3)),
            seconds("affinity.maxTimeout", affinity.maxTimeout(), Duration.ofHours(24))),
        duration("sync.minInterval", settings.sync().minInterval(), Duration.ZERO),
        duration("sync.auditInterval", settings.sync().auditInterval(), Duration.ofMinutes(5)),
        settings.conntrack(),
        settings.logLevel());
  }

  /** What they say of other proxies. */
  Duty.Ask ask() {
    if (removed) {
      return Duty.Ask.REMOVE;
    }
    if (takeover == null) {
      return Duty.Ask.SERVE;
    }
    return Boolean.TRUE.equals(takeover.giveBack()) ? Duty.Ask.GIVE_BACK : Duty.Ask.TAKE;
  }

  private static Wish wish(Settings settings) {
    Iptables iptables = settings.iptables();
    IptablesBackend backend = iptables == null ? null : iptables.backend();
    Integer bit = iptables == null ? null : iptables.masqueradeBit();
    return new Wish(
        settings.mode(),
        Objects.requireNonNullElse(backend, IptablesBackend.AUTO),
        new DataplaneSettings(1 << Objects.requireNonNullElse(bit, MASQUERADE_BIT)));
  }

  private static boolean taken(@Nullable NodeProxyStatus status) {
    return status != null
        && status.takeover() != null
        && switch (status.takeover().phase()) {
          case BESIDE, DONE, GIVING_BACK -> true;
          case PREPARING, GIVEN_BACK -> false;
        };
  }

  static Duration duration(String field, @Nullable String text, Duration otherwise) {
    try {
      return text == null ? otherwise : GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
    }
  }

  private static TrafficRule traffic(Traffic traffic) {
    DetectLocal detect = traffic.detectLocal();
    List<String> nodePorts = traffic.nodePortAddresses();
    List<String> addresses = nodePorts == null ? List.of("primary") : nodePorts;
    return new TrafficRule(
        detect == null ? null : pods(detect),
        Boolean.TRUE.equals(traffic.masqueradeAll()),
        addresses.contains("primary"),
        ranges(
            "traffic.nodePortAddresses",
            addresses.stream().filter(word -> !word.equals("primary")).toList()),
        !Boolean.FALSE.equals(traffic.localhostNodePorts()));
  }

  private static @Nullable PodSources pods(DetectLocal detect) {
    List<String> ranges = detect.clusterCIDRs();
    DetectLocalMode mode = detect.mode();
    return switch (mode == null ? DetectLocalMode.NODE_CIDR : mode) {
      case CLUSTER_CIDR ->
          new PodSources.Ranges(
              ranges("traffic.detectLocal.clusterCIDRs", ranges == null ? List.of() : ranges)
                  .stream()
                  .sorted(Comparator.comparing(Cidr::toString))
                  .toList());
      case BRIDGE_INTERFACE ->
          new PodSources.Interfaces(
              given("traffic.detectLocal.bridgeInterface", detect.bridgeInterface()), false);
      case INTERFACE_NAME_PREFIX ->
          new PodSources.Interfaces(
              given("traffic.detectLocal.interfaceNamePrefix", detect.interfaceNamePrefix()), true);
      case NONE -> PodSources.UNKNOWN;
      case NODE_CIDR -> null;
    };
  }

  private static String given(String field, @Nullable String name) {
    if (name == null || name.isEmpty()) {
      throw new IllegalArgumentException(field + ": the mode needs the name of an interface");
    }
    return name;
  }

  private static List<Cidr> ranges(String field, List<String> texts) {
    try {
      return texts.stream().map(Cidr::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
    }
  }

  private static int seconds(String field, @Nullable String text, Duration otherwise) {
    return Math.toIntExact(
        Math.clamp(duration(field, text, otherwise).toSeconds(), 1, Integer.MAX_VALUE));
  }
}
