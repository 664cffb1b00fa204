package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.LogLevel;
import java.util.Set;

/** What is about kube-proxy as a program: addresses, its client, logs, gates; and Windows. */
final class ProcessFields {
  private static final Set<String> ANY_ADDRESS = Set.of("", "0.0.0.0", "::");
  private static final String OUR_PORT = "10256";
  private static final int DEBUG_FROM = 4;

  private ProcessFields() {}

  static void gates(Section root, Draft draft) {
    Section gates = root.section("featureGates");
    if (gates.names().isEmpty()) {
      draft.noMeaning(root.any("featureGates"), "gates of kube-proxy's code");
    }
    gates
        .names()
        .forEach(
            name ->
                draft.noMeaning(
                    gates.any(name), "a gate of kube-proxy's code, which does not run"));
  }

  static void client(Section root, Draft draft) {
    Section client = root.section("clientConnection");
    draft.noMeaning(client.any("kubeconfig"), "the agent uses its Pod's ServiceAccount");
    String connection = "the agent has a few watches and no rate to limit";
    draft.noMeaning(client.any("acceptContentTypes"), connection);
    draft.noMeaning(client.any("contentType"), connection);
    draft.noMeaning(client.any("qps"), connection);
    draft.noMeaning(client.any("burst"), connection);
  }

  static void logging(Section root, Draft draft) {
    Section logging = root.section("logging");
    draft.noMeaning(logging.any("format"), "the agent's log is text");
    draft.noMeaning(logging.any("flushFrequency"), "the agent's log is not kept back");
    Entry<Integer> verbosity = logging.number("verbosity", 0, Integer.MAX_VALUE);
    if (verbosity.or(0) >= DEBUG_FROM) {
      draft.logLevel = LogLevel.DEBUG;
      draft.same(verbosity, "spec.agent.logLevel: debug", "from 4 on");
    } else {
      draft.same(verbosity, "spec.agent.logLevel: info", "the default, left out; debug from 4 on");
    }
    draft.noMeaning(logging.any("vmodule"), "names files of kube-proxy's source");
    Section options = logging.section("options");
    for (String format : new String[] {"text", "json"}) {
      Section section = options.section(format);
      draft.noMeaning(section.any("splitStream"), "the agent logs to one stream");
      draft.noMeaning(section.any("infoBufferSize"), "the agent's log is not kept back");
      unknown(section, draft);
    }
    unknown(options, draft);
    unknown(logging, draft);
  }

  static void addresses(Section root, Draft draft) {
    draft.noMeaning(
        root.any("hostnameOverride"),
        "the agent's Pod tells it which Node it is on (spec.nodeName)");
    Entry<String> bind = root.text("bindAddress");
    if (ANY_ADDRESS.contains(bind.or(""))) {
      draft.noMeaning(bind, "the addresses of a node are those of its Node object");
    } else {
      draft.changed(
          bind, null, "kube-proxy takes it for the node's address; here that is the Node object's");
    }
    health(root.text("healthzBindAddress"), draft);
    metrics(root.text("metricsBindAddress"), draft);
    draft.noMeaning(
        root.any("bindAddressHardFail"),
        "an agent that cannot serve its port is not Ready, and says so");
    draft.noMeaning(root.any("enableProfiling"), "the agent has no /debug/pprof");
    draft.noMeaning(root.any("showHiddenMetricsForVersion"), "the agent has no hidden metrics");
  }

  private static void health(Entry<String> entry, Draft draft) {
    String target = "the agent's port 10256 on all addresses";
    Listen listen = Listen.parse(entry.or(""), OUR_PORT);
    if (ANY_ADDRESS.contains(listen.host()) && listen.port().equals(OUR_PORT)) {
      draft.same(entry, target, "/healthz and /livez answer as kube-proxy's do");
    } else {
      draft.changed(
          entry,
          target,
          "load balancers and monitors that ask this address must ask port 10256 instead");
    }
  }

  private static void metrics(Entry<String> entry, Draft draft) {
    Listen listen = Listen.parse(entry.or(""), "10249");
    String where = "the agent serves /metrics on port 10456 of all addresses";
    if (Set.of("", "127.0.0.1", "::1").contains(listen.host()) && listen.port().equals("10249")) {
      draft.noMeaning(entry, where + ", with names of its own");
    } else {
      draft.changed(
          entry,
          "the agent's port 10456 on all addresses",
          where + ", with names of its own: what scrapes this address must be told");
    }
  }

  static void rest(Section root, Draft draft) {
    draft.noMeaning(
        root.any("oomScoreAdj"),
        "the kubelet sets it for the agent's Pod, by its PriorityClass (system-node-critical: -997)");
    draft.noMeaning(
        root.any("configSyncPeriod"), "the agent watches, and lists anew only after a gap");
    draft.noMeaning(root.any("portRange"), "kube-proxy does not read it either");
    Section windows = root.section("winkernel");
    for (String name :
        new String[] {
          "networkName", "sourceVip", "enableDSR", "rootHnsEndpointName", "forwardHealthCheckVip"
        }) {
      draft.noMeaning(windows.any(name), "of Windows nodes");
    }
    draft.noMeaning(root.any("windowsRunAsService"), "of Windows nodes");
    unknown(windows, draft);
    unknown(root.section("clientConnection"), draft);
  }

  /** What no one asked for. */
  static void unknown(Section section, Draft draft) {
    for (Entry<String> entry : section.unread()) {
      String name = entry.field().substring(entry.field().lastIndexOf('.') + 1);
      String meant = section.meant(name);
      draft.unknown(
          entry,
          (meant == null ? "no field of kube-proxy 1.24 to 1.37" : "kube-proxy reads " + meant)
              + (entry.line() > 0 ? ", line " + entry.line() : ""));
    }
  }

  /** An address to listen on: {@code host:port}, or a host alone. */
  private record Listen(String host, String port) {
    static Listen parse(String text, String byDefault) {
      int colon = text.lastIndexOf(':');
      boolean withPort =
          colon >= 0 && (text.indexOf(':') == colon || text.charAt(colon - 1) == ']');
      String host = withPort ? text.substring(0, colon) : text;
      return new Listen(
          host.replace("[", "").replace("]", ""), withPort ? text.substring(colon + 1) : byDefault);
    }
  }
}
