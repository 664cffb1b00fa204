package io.portolan.e2e.demo;

import io.fabric8.kubernetes.api.model.Pod;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import io.portolan.e2e.install.EchoTotals;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.KernelView;
import io.portolan.e2e.install.SampleApp;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The scenes of the demo, in their order. */
final class Scenes {
  private static final String CONFIG = "default";

  private Scenes() {}

  /** A ProxyConfig is applied, and every node serves by it. */
  static final class Overview implements Scene {
    @Override
    public void play(Installation portolan, SampleApp app, Show show) {
      show.title("kubectl apply -f crds/samples/proxyconfig-default.yaml");
      String yaml = Installation.file("crds/samples/proxyconfig-default.yaml");
      show.text(yaml);
      long start = System.nanoTime();
      portolan.kubectl().apply(yaml);
      int nodes = portolan.cluster().nodes().size();
      portolan.waitNodesReady(nodes, Duration.ofMinutes(1));
      portolan.waitReady(CONFIG, Duration.ofSeconds(20));
      show.claim(
          true,
          "all "
              + nodes
              + " nodes program their kernel by it, "
              + seconds(start)
              + " after the apply");
      show.text(portolan.kubectl().run("get", "pxc,npx"));
    }
  }

  /** Connections through each frontend reach every Pod. */
  static final class Spread implements Scene {
    @Override
    public void play(Installation portolan, SampleApp app, Show show) {
      show.title("300 connections through a ClusterIP and through the NodePort of each node");
      Node from = portolan.cluster().nodes().getFirst();
      int servers = app.servers().size();
      for (boolean ipv6 : List.of(false, true)) {
        shown(show, app, from, SampleApp.target(app.clusterIp("echo", ipv6), 80), servers);
        shown(show, app, from, SampleApp.target(app.clusterIp("echo", ipv6), 80), servers, "--udp");
        for (Node node : portolan.cluster().nodes()) {
          String address = ipv6 ? node.ipv6() : node.ipv4();
          shown(show, app, from, SampleApp.target(address, SampleApp.NODE_PORT), servers);
        }
      }
      EchoTotals nobody = app.call(from, SampleApp.target(app.clusterIp("nobody", false), 80), 1);
      show.claim(
          nobody.failures().size() == 1 && nobody.failures().getFirst().kind().equals("refused"),
          "a Service without endpoints refuses at once: " + nobody.errors().keySet());
    }

    private static void shown(
        Show show, SampleApp app, Node from, String target, int servers, String... options) {
      EchoTotals totals = app.call(from, target, 300, options);
      show.claim(
          totals.failed() == 0 && totals.answers().size() == servers,
          String.format(
              Locale.ROOT,
              "%-4s %-28s %s",
              List.of(options).contains("--udp") ? "UDP" : "TCP",
              target,
              new TreeMap<>(totals.answers())));
    }
  }

  /** New Pods are in every kernel soon after Kubernetes says that they are ready. */
  static final class Scale implements Scene {
    @Override
    public void play(Installation portolan, SampleApp app, Show show) {
      show.title("kubectl scale deployment/echo --replicas=6");
      var before =
          new TreeSet<>(app.servers().stream().map(p -> p.getMetadata().getName()).toList());
      try (var ready = new ReadyTimes(portolan.client(), SampleApp.NAMESPACE, "echo");
          var kernels = new KernelTimes(portolan.cluster().nodes())) {
        app.scale(6);
        app.waitForServers(6);
        for (Pod pod : app.servers()) {
          if (!before.contains(pod.getMetadata().getName())) {
            shown(show, ready, kernels, pod);
          }
        }
      }
    }

    private static void shown(Show show, ReadyTimes ready, KernelTimes kernels, Pod pod) {
      String ip = pod.getStatus().getPodIP();
      Waiting.on(ip + " in the kernel of each node", Duration.ofSeconds(10))
          .until(
              () ->
                  kernels.inAll(ip).isPresent()
                      ? Optional.empty()
                      : Optional.of("not in all maps of endpoints"));
      show.claim(
          true,
          String.format(
              Locale.ROOT,
              "%s (%s) is in every kernel within %d ms of its EndpointSlice being ready (seen by looking every 10 ms or so)",
              pod.getMetadata().getName(),
              ip,
              Math.max(0, kernels.inAll(ip).getAsLong() - ready.at(ip)) / 1_000_000));
    }
  }

  /** The kernel's table, as a person reads it. */
  static final class Ruleset implements Scene {
    @Override
    public void play(Installation portolan, SampleApp app, Show show) {
      Node node = portolan.cluster().nodes().getFirst();
      show.title("nft list table ip portolan, on " + node.name());
      String table = new KernelView(node).table("ip");
      show.text(table);
      show.claim(table.contains("demo/echo:http"), "it names the Services");
    }
  }

  private static String seconds(long start) {
    return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - start) / 1e9);
  }
}
