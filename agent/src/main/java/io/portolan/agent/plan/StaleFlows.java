package io.portolan.agent.plan;

import io.portolan.agent.service.Protocol;
import java.util.function.Predicate;

/**
 * Tells which flows of UDP lead to an endpoint that no longer serves: nothing else would ever end
 * them. While a Service port has no endpoint that serves, its flows are left.
 */
public final class StaleFlows {
  private final Plan plan;

  /**
   * @param plan in force
   */
  public StaleFlows(Plan plan) {
    this.plan = plan;
  }

  /** Whether the flow has to go. */
  public boolean stale(Flow flow) {
    return flow.protocol() == Protocol.UDP
        && plan.ports().values().stream()
            .filter(port -> !port.serving().isEmpty() && owns(port, flow))
            .anyMatch(
                port ->
                    port.serving().stream()
                        .noneMatch(e -> e.ip().equals(flow.from()) && e.port() == flow.fromPort()));
  }

  private boolean owns(PortPlan port, Flow flow) {
    Predicate<Frontend> at =
        frontend ->
            frontend.port() == flow.toPort()
                && switch (frontend) {
                  case Frontend.Address address -> address.ip().equals(flow.to());
                  case Frontend.NodePort any -> plan.node().nodePortAddresses().contains(flow.to());
                };
    return port.key().protocol() == flow.protocol()
        && port.key().family() == flow.to().family()
        && port.frontends().stream().anyMatch(at);
  }
}
