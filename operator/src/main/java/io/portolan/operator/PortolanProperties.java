package io.portolan.operator;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the operator was installed; each as a property, or as an environment variable such as {@code
 * PORTOLAN_AGENT_IMAGE}.
 *
 * @param namespace where the agents, the revisions and the Lease live
 * @param httpPort of health and metrics
 */
@ConfigurationProperties("portolan")
public record PortolanProperties(
    @DefaultValue("portolan-system") String namespace,
    @DefaultValue("8081") int httpPort,
    @DefaultValue Agent agent,
    @DefaultValue ApiServer apiServer,
    @DefaultValue LeaderElection leaderElection) {

  /**
   * The agents.
   *
   * @param image of agents whose ProxyConfig names none
   */
  public record Agent(@DefaultValue("portolan.io/agent:dev") String image) {}

  /**
   * The API server as the agents reach it: without any Service, since they come before the proxy.
   */
  public record ApiServer(@DefaultValue("") String host, @DefaultValue("6443") int port) {}

  /**
   * One of several operators leads.
   *
   * @param identity empty: a random one
   */
  public record LeaderElection(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("portolan-operator") String leaseName,
      @DefaultValue("") String identity,
      @DefaultValue("15s") Duration leaseDuration,
      @DefaultValue("10s") Duration renewDeadline,
      @DefaultValue("2s") Duration retryPeriod) {}
}
