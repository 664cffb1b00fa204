package io.portolan.agent.vectors;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portolan.agent.plan.Flow;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.ServiceName;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One case, as its file says.
 *
 * @param apiValid false: only for the plan
 * @param modes the modes of kube-proxy that it is for
 */
record VectorCase(
    Path file, String name, String title, boolean apiValid, Set<String> modes, Kind kind) {

  /** What is checked, and on what. */
  sealed interface Kind {}

  /** Where packets go. */
  record PacketFlow(NodeConfig config, List<Step> steps) implements Kind {}

  /** What health check node ports answer. */
  record HealthChecks(NodeConfig config, List<Step> steps) implements Kind {}

  /**
   * Which endpoints a Service port may use.
   *
   * @param sets by name, those of {@code expect} that are there
   * @param anyEndpoints null: not checked
   */
  record Selected(
      NodeConfig config,
      HasMetadata service,
      String port,
      List<HasMetadata> slices,
      Map<String, Set<String>> sets,
      @Nullable Boolean anyEndpoints)
      implements Kind {}

  /**
   * What is known of endpoints.
   *
   * @param ports by {@code portname/PROTOCOL}
   */
  record State(
      NodeConfig config,
      ServiceName service,
      List<HasMetadata> slices,
      Map<String, Set<EndpointFacts>> ports)
      implements Kind {}

  /** Which entries of conntrack go. */
  record Cleanup(NodeConfig config, List<HasMetadata> state, List<Flow> before, Set<Flow> deleted)
      implements Kind {}

  /** Which addresses a list of ranges stands for; only what is there is checked. */
  record NodeAddresses(
      List<Cidr> ranges, List<Interface> interfaces, List<AddressExpectation> expected)
      implements Kind {}

  /** What is known of an endpoint. */
  record EndpointFacts(
      String endpoint, boolean local, boolean ready, boolean serving, boolean terminating) {
    @Override
    public String toString() {
      return endpoint
          + (local ? " local" : "")
          + (ready ? " ready" : "")
          + (serving ? " serving" : "")
          + (terminating ? " terminating" : "");
    }
  }

  /** An interface with its addresses. */
  record Interface(String name, List<Cidr> addresses) {}

  /** One thing said of a family. */
  record AddressExpectation(String family, String key, Object value) {}

  /**
   * One step: what changes, then what is expected.
   *
   * @param config as it is from here on
   */
  record Step(
      NodeConfig config,
      List<ObjectName> delete,
      List<HasMetadata> apply,
      List<FlowExpectation> flows,
      List<CheckExpectation> checks) {}

  /** Names an object. */
  record ObjectName(String kind, String namespace, String name) {
    static ObjectName of(HasMetadata object) {
      return new ObjectName(
          object.getKind(), object.getMetadata().getNamespace(), object.getMetadata().getName());
    }
  }

  /** The fate of a packet, in the words of the vectors. */
  enum Verdict {
    DNAT,
    REJECT,
    DROP,
    NONE
  }

  /**
   * A packet and what becomes of it.
   *
   * @param kernel whether it can be sent in earnest
   * @param endpoints as {@code address:port}
   * @param masquerade null: not checked
   * @param stickySeconds 0: every connection by itself
   * @param explicitAccept null: not checked
   */
  record FlowExpectation(
      String name,
      Ip from,
      Ip to,
      Protocol protocol,
      int port,
      boolean kernel,
      Verdict verdict,
      Set<String> endpoints,
      @Nullable Boolean masquerade,
      int stickySeconds,
      @Nullable Boolean explicitAccept) {
    /** Whether the sender is one of several endpoints, see "hairpin" in the vectors' README. */
    boolean mayComeBack() {
      return endpoints.size() > 1 && endpoints.stream().anyMatch(e -> address(e).equals(from));
    }

    /** The address of {@code address:port}. */
    static Ip address(String endpoint) {
      String text = endpoint.substring(0, endpoint.lastIndexOf(':'));
      return Ip.parse(text.startsWith("[") ? text.substring(1, text.length() - 1) : text);
    }
  }

  /**
   * A question to a health check node port and its answer.
   *
   * @param address null: any that is open for NodePorts
   * @param answer null: connecting is refused
   */
  record CheckExpectation(
      int port, @Nullable Ip address, boolean proxyHealthy, @Nullable CheckAnswer answer) {
    @Override
    public String toString() {
      return "health check port "
          + port
          + (address == null ? "" : " of " + address)
          + (proxyHealthy ? "" : " while the proxy is ill");
    }
  }

  /** What a health check node port answers. */
  record CheckAnswer(int status, int localEndpoints, ServiceName service) {
    @Override
    public String toString() {
      return status + ", " + localEndpoints + " local endpoints of " + service;
    }
  }
}
