package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;

/** Where clients reach a Service port. */
public sealed interface Frontend {
  /** 1 to 65535. */
  int port();

  /** A frontend with an address of its own. */
  sealed interface Address extends Frontend {
    /** Where packets are sent to. */
    Ip ip();
  }

  /** An address of the cluster's Service range; the internal traffic policy holds for it. */
  record ClusterIp(Ip ip, int port) implements Address {}

  /** One of the Service's {@code externalIPs}. */
  record ExternalIp(Ip ip, int port) implements Address {}

  /** An address of the Service's load balancer, for the sources that the Service admits. */
  record LoadBalancerIp(Ip ip, int port) implements Address {}

  /** A port on the addresses of the node that {@link NodeFacts#nodePortAddresses()} names. */
  record NodePort(int port) implements Frontend {}
}
