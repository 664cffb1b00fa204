package io.portolan.agent.service;

import java.util.List;

/**
 * One endpoint of a slice; the conditions have the defaults of {@code discovery.k8s.io/v1} filled
 * in.
 *
 * @param node name of the node it runs on, empty when unknown
 * @param zones zones that shall prefer it ({@code hints.forZones}); empty: no hint
 * @param nodes nodes that shall prefer it ({@code hints.forNodes}); empty: no hint
 */
public record SliceEndpoint(
    Ip ip,
    boolean ready,
    boolean serving,
    boolean terminating,
    String node,
    List<String> zones,
    List<String> nodes) {

  /** Not ready, because its Pod ends, but still able to answer (KEP-1669). */
  public boolean draining() {
    return !ready && serving && terminating;
  }
}
