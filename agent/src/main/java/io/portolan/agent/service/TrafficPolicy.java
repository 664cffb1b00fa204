package io.portolan.agent.service;

/**
 * Which endpoints traffic may go to ({@code internalTrafficPolicy}, {@code externalTrafficPolicy}).
 */
public enum TrafficPolicy {
  /** Any endpoint of the cluster. */
  CLUSTER,
  /** Endpoints of this node alone. */
  LOCAL
}
