package io.portolan.agent.plan;

import java.util.List;

/**
 * What this node does for one Service port of one family.
 *
 * @param frontends without duplicates; no two PortPlans of a Plan share one (of the same protocol)
 * @param endpoints sorted, without duplicates of address and port; empty: connections are refused
 *     at once
 * @param affinitySeconds how long a client keeps its endpoint after its last connection; 0: no
 *     affinity
 */
public record PortPlan(
    PortKey key, List<Frontend> frontends, List<Endpoint> endpoints, int affinitySeconds) {}
