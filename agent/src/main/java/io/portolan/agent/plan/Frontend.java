package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;

/** Where clients reach a Service port. */
public sealed interface Frontend {
  /** 1 to 65535. */
  int port();

  /** An address of the cluster's Service range. */
  record ClusterIp(Ip ip, int port) implements Frontend {}

  /** A port on the addresses of the node that {@link NodeFacts#nodePortAddresses()} names. */
  record NodePort(int port) implements Frontend {}
}
