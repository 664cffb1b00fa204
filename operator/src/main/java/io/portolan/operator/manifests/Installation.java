package io.portolan.operator.manifests;

/**
 * How the operator was installed.
 *
 * @param namespace where the agents and the revisions live
 * @param agentImage image of an agent whose ProxyConfig names none
 * @param apiServerHost address of the API server as nodes reach it without any Service
 */
public record Installation(
    String namespace, String agentImage, String apiServerHost, int apiServerPort) {}
