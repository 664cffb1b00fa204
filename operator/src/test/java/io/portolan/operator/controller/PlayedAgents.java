package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import io.portolan.operator.fleet.TakeoverLabel;
import io.portolan.operator.manifests.Names;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Plays what a cluster has and a lone API server lacks: the DaemonSet controller with its kubelets,
 * and the agents that answer on their NodeProxies.
 */
final class PlayedAgents implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final KubernetesClient client;
  private final Thread thread;
  private final PlayedTakeover takeover = new PlayedTakeover();
  private final Set<String> silent = ConcurrentHashMap.newKeySet();
  private final Set<String> cut = ConcurrentHashMap.newKeySet();
  private final Map<String, Instant> told = new HashMap<>();
  private final Map<String, Integer> replaced = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> seenRemoved = new ConcurrentLinkedQueue<>();
  private final AtomicInteger mostInFlight = new AtomicInteger();
  private volatile Duration delay = Duration.ZERO;
  private volatile boolean over;

  PlayedAgents(KubernetesClient client) {
    this.client = client;
    this.thread = Thread.ofPlatform().name("played-agents").start(this::play);
  }

  /** kube-proxy, of which there is none at first. */
  PlayedTakeover takeover() {
    return takeover;
  }

  /** This node's agent no longer says anything. */
  void silence(String node) {
    silent.add(node);
  }

  /** From its next answer on, half of this node's connections fail, and its agent says so. */
  void cut(String node) {
    cut.add(node);
  }

  /** They succeed again. */
  void mend(String node) {
    cut.remove(node);
  }

  /** It talks again. */
  void wake(String node) {
    silent.remove(node);
  }

  /** How long an agent takes to answer. */
  void delay(Duration time) {
    this.delay = time;
    mostInFlight.set(0);
  }

  /** The most nodes that were told something and had not answered at the same time. */
  int mostInFlight() {
    return mostInFlight.get();
  }

  /** Nodes that were told to clean up and did. */
  List<String> cleaned() {
    return List.copyOf(seenRemoved);
  }

  /** How often the agent's Pod of a node was made. */
  int podsMade(String node) {
    return replaced.getOrDefault(node, 0);
  }

  @Override
  public void close() {
    over = true;
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void play() {
    while (!over) {
      try {
        playPods();
        playProxies();
        Thread.sleep(LOOK);
      } catch (KubernetesClientException e) {
        // Something changed meanwhile; the next look sees it.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void playPods() {
    Map<String, DaemonSet> sets = new HashMap<>();
    client
        .apps()
        .daemonSets()
        .inNamespace(InstalledServer.NAMESPACE)
        .list()
        .getItems()
        .forEach(d -> sets.put(d.getMetadata().getLabels().get(Names.CONFIG_LABEL), d));
    Map<String, Pod> pods = new HashMap<>();
    client
        .pods()
        .inNamespace(InstalledServer.NAMESPACE)
        .list()
        .getItems()
        .forEach(p -> pods.put(p.getSpec().getNodeName(), p));
    for (Node node : client.nodes().list().getItems()) {
      String name = node.getMetadata().getName();
      String config = node.getMetadata().getLabels().get(Names.CONFIG_LABEL);
      Pod pod = pods.remove(name);
      DaemonSet set = config == null ? null : sets.get(config);
      if (pod != null
          && (set == null
              || !Objects.equals(config, pod.getMetadata().getLabels().get(Names.CONFIG_LABEL)))) {
        end(pod);
        pod = null;
      }
      if (pod == null && set != null) {
        start(name, set);
      }
    }
    pods.values().forEach(this::end);
  }

  private void end(Pod pod) {
    client.resource(pod).withGracePeriod(0).delete();
  }

  private void start(String node, DaemonSet set) {
    var template = set.getSpec().getTemplate();
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withGenerateName(set.getMetadata().getName() + "-")
            .withNamespace(InstalledServer.NAMESPACE)
            .withLabels(template.getMetadata().getLabels())
            .withAnnotations(template.getMetadata().getAnnotations())
            .endMetadata()
            .withNewSpec()
            .withNodeName(node)
            .withTerminationGracePeriodSeconds(0L)
            .addNewContainer()
            .withName("agent")
            .withImage("agent")
            .endContainer()
            .endSpec()
            .build();
    Pod made = client.resource(pod).create();
    replaced.merge(node, 1, Integer::sum);
    client
        .resource(
            new PodBuilder(made)
                .withNewStatus()
                .withPhase("Running")
                .addNewPodIP(address(node))
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withLastTransitionTime(now())
                .endCondition()
                .endStatus()
                .build())
        .updateStatus();
  }

  private void playProxies() {
    Set<String> labelled =
        client.nodes().withLabel(TakeoverLabel.NAME).list().getItems().stream()
            .map(n -> n.getMetadata().getName())
            .collect(Collectors.toSet());
    int inFlight = 0;
    for (NodeProxy proxy : client.resources(NodeProxy.class).list().getItems()) {
      NodeProxyStatus status = proxy.getStatus();
      long generation = proxy.getMetadata().getGeneration();
      String name = proxy.getMetadata().getName();
      boolean label = labelled.contains(name);
      if (status != null && Objects.equals(status.observedGeneration(), generation)) {
        if (!silent.contains(name)
            && !Objects.equals(status.takeover(), takeover.answer(proxy, label).takeover())) {
          answer(proxy, label);
        }
        continue;
      }
      inFlight++;
      Instant since = told.computeIfAbsent(name + "/" + generation, n -> Instant.now());
      if (!silent.contains(name) && !Instant.now().isBefore(since.plus(delay))) {
        answer(proxy, label);
      }
    }
    int most = inFlight;
    mostInFlight.accumulateAndGet(most, Math::max);
  }

  private void answer(NodeProxy proxy, boolean label) {
    PlayedTakeover.Answer said = takeover.answer(proxy, label);
    Condition ready =
        new ConditionBuilder()
            .withType("Ready")
            .withStatus(said.ready() ? "True" : "False")
            .withReason(said.reason())
            .withMessage(said.message())
            .withLastTransitionTime(now())
            .build();
    proxy.setStatus(
        new NodeProxyStatus(
            proxy.getMetadata().getGeneration(),
            proxy.getSpec().revision(),
            Mode.NFTABLES,
            3,
            7,
            now(),
            null,
            null,
            probes(proxy),
            null,
            List.of(ready),
            null,
            null,
            said.takeover(),
            said.others()));
    client.resource(proxy).updateStatus();
    if ("Removed".equals(said.reason())) {
      seenRemoved.add(proxy.getMetadata().getName());
    }
  }

  /** Of nodes that are called {@code n-<number>}. */
  private static String address(String node) {
    int number = Integer.parseInt(node.replaceAll("[^0-9]", "0"));
    return "192.0.2." + (1 + number % 250);
  }

  private NodeProbes probes(NodeProxy proxy) {
    int failed = cut.contains(proxy.getMetadata().getName()) ? 60 : 0;
    return new NodeProbes(
        proxy.getSpec().revision(),
        List.of(new PathProbes(ProbePath.POD, false, 120, failed, 400, 120, 0, 400)),
        null,
        null,
        null);
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
