package io.portolan.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(120)
@DisplayName("The admission policy portolan-agent-own-node")
class OwnNodeTest {
  private static final String AGENT = "portolan-agent-default";

  private final InstalledServer server;
  private final TestFleet fleet;

  OwnNodeTest(InstalledServer server) {
    this.server = server;
    this.fleet = new TestFleet(server);
  }

  @AfterEach
  void end() {
    fleet.close();
  }

  @Test
  @DisplayName("lets an agent write the status of its own node's NodeProxy and of no other")
  void ownNode() {
    fleet.nodes(2, Map.of()).operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    // The key becomes part of a header's name, where a slash must be encoded.
    var token = Map.of("authentication.kubernetes.io%2Fnode-name", List.of("n-0"));
    try (KubernetesClient agent = server.actingAs(AGENT, token)) {
      // The policy is compiled some time after it was stored.
      fleet.await("the other node is refused", () -> refused(agent, "n-1"));
      assertThat(report(agent, "n-0").getStatus().services()).isEqualTo(42);
      assertThatThrownBy(() -> report(agent, "n-1"))
          .hasMessageContaining("an agent on node n-0 must not write to NodeProxy n-1");
    }
    try (KubernetesClient agent = server.actingAs(AGENT, Map.of())) {
      assertThatThrownBy(() -> report(agent, "n-0")).hasMessageContaining("not bound to a node");
    }
  }

  private static boolean refused(KubernetesClient agent, String node) {
    try {
      report(agent, node);
      return false;
    } catch (io.fabric8.kubernetes.client.KubernetesClientException e) {
      return e.getCode() == 422 || e.getCode() == 403;
    }
  }

  private static NodeProxy report(KubernetesClient agent, String node) {
    return agent
        .resources(NodeProxy.class)
        .withName(node)
        .editStatus(
            proxy -> {
              NodeProxyStatus old = proxy.getStatus();
              proxy.setStatus(
                  new NodeProxyStatus(
                      old.observedGeneration(),
                      old.revision(),
                      old.mode(),
                      42,
                      old.endpoints(),
                      old.lastSync(),
                      null,
                      null,
                      null,
                      null,
                      old.conditions(),
                      null,
                      null,
                      null,
                      null));
              return proxy;
            });
  }
}
