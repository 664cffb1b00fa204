package io.portolan.agent.plan;

import java.util.List;

/**
 * The endpoints that one Service port may use on this node. Lists are sorted and have no address
 * and port twice.
 *
 * @param cluster for policy Cluster; empty also when the Service port never uses it
 * @param local for policy Local; empty also when the Service port never uses it
 * @param anywhere whether some node of the cluster has an endpoint to use: without any, clients are
 *     refused; with some but none in the pool they need, their packets are dropped
 */
public record Pools(List<Endpoint> cluster, List<Endpoint> local, boolean anywhere) {
  /** No endpoint at all. */
  public static final Pools NONE = new Pools(List.of(), List.of(), false);
}
