package io.portolan.agent.probe;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.service.Ip;
import java.util.List;

/**
 * What is connected to in one IP family.
 *
 * @param ip the ClusterIP of the probe Service
 * @param port 1 to 65535
 * @param others its endpoints on other nodes, at least one
 */
record Target(Ip ip, int port, List<Endpoint> others) {}
