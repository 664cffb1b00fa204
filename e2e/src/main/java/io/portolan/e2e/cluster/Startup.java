package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The way from nothing to Ready nodes. The control plane comes up beside the nodes' containers; a
 * kubelet starts once its Node is there.
 */
final class Startup {
  private static final Duration READY_BOUND = Duration.ofSeconds(90);

  /** What a start leaves in the hands of the cluster. */
  record Parts(
      Path kubeconfig,
      KubernetesClient client,
      List<Node> nodes,
      ControlPlane controlPlane,
      KubeProxyProcess kubeProxy) {}

  private final ClusterOptions options;
  private final StateFile state;
  private final Progress progress;
  private final ClusterFolder folder;
  private final Credentials credentials;
  private final ControlPlane controlPlane;
  private final Sandbox sandbox;
  private final List<Node> nodes;
  private final CompletableFuture<KubernetesClient> registered = new CompletableFuture<>();

  Startup(ClusterOptions options, StateFile state, Progress progress) {
    this.options = options;
    this.state = state;
    this.progress = progress;
    this.folder = ClusterFolder.create(options.folder());
    this.credentials = new Credentials(folder);
    Launcher launcher = new Launcher(state, folder);
    this.controlPlane = new ControlPlane(options.cache(), folder, launcher, credentials);
    this.sandbox = new Sandbox(state, launcher);
    this.nodes =
        IntStream.rangeClosed(1, options.nodes())
            .mapToObj(number -> new Node(number, folder, launcher))
            .toList();
  }

  Parts run() {
    Together.run(
        List.of(
            () -> credentials.make(options.nodes()),
            () -> new Network(state).create(options.nodes())));
    sandbox.prepareHost();
    progress.done("certificates, links and namespaces");
    Path kubeconfig = credentials.kubeconfig("admin");
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    config.setRequestRetryBackoffLimit(0);
    KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
    try {
      List<Together.Step> steps = new ArrayList<>();
      steps.add(() -> startControlPlane(client));
      nodes.forEach(node -> steps.add(() -> startNode(node, client)));
      Together.run(steps);
      progress.done("the cluster is ready");
      return new Parts(
          kubeconfig,
          client,
          nodes,
          controlPlane,
          new KubeProxyProcess(options.cache(), folder, credentials));
    } catch (RuntimeException | Error e) {
      client.close();
      throw e;
    }
  }

  private void startControlPlane(KubernetesClient client) {
    try {
      controlPlane.startEtcd();
      controlPlane.startApiServer();
      controlPlane.awaitReady(client);
      progress.done("API server ready at " + Addresses.HOST_IPV4 + ":" + Addresses.API_PORT);
      Registration registration = new Registration(client);
      registration.nodes(nodes);
      Program controllers = controlPlane.startControllers();
      controlPlane.startScheduler();
      registration.dns();
      controlPlane.startDns();
      registered.complete(client);
      awaitServiceAccount(client, controllers);
    } catch (RuntimeException e) {
      registered.completeExceptionally(e);
      throw e;
    }
  }

  private void startNode(Node node, KubernetesClient client) {
    new Cgroups(state).create(node.cgroup());
    sandbox.start(node);
    ContainerRuntime containers = new ContainerRuntime(options.cache(), folder, node);
    Program containerd = containers.start();
    progress.done(node.name() + ": containerd runs");
    Together.run(
        List.of(() -> load(node, containers), () -> startKubelet(node, containerd, client)));
  }

  private void load(Node node, ContainerRuntime containers) {
    List<Path> archives = archives();
    archives.forEach(containers::load);
    progress.done(node.name() + ": " + archives.size() + " image archives loaded");
  }

  private void startKubelet(Node node, Program containerd, KubernetesClient client)
      throws ExecutionException, InterruptedException {
    registered.get();
    Program kubelet = new Kubelet(options.cache(), folder, credentials, node).start();
    Waiting.on(node.name() + " to be Ready", READY_BOUND, kubelet, containerd)
        .until(() -> notReady(client, node.name()));
    progress.done(node.name() + ": Ready");
  }

  private List<Path> archives() {
    Stream<Path> always = Stream.of("pause", "echo").map(options.cache()::image);
    return Stream.concat(always, options.images().stream()).toList();
  }

  private static Optional<String> notReady(KubernetesClient client, String name) {
    List<NodeCondition> conditions =
        client.nodes().withName(name).require().getStatus().getConditions();
    Optional<NodeCondition> ready =
        conditions.stream().filter(condition -> "Ready".equals(condition.getType())).findFirst();
    if (ready.isEmpty()) {
      return Optional.of("the kubelet has not reported yet");
    }
    return "True".equals(ready.get().getStatus())
        ? Optional.empty()
        : Optional.of(ready.get().getReason() + ": " + ready.get().getMessage());
  }

  /** Without it the first Pod of a test would be refused. */
  private void awaitServiceAccount(KubernetesClient client, Program controllers) {
    Waiting.on("the default service account", READY_BOUND, controllers)
        .until(
            () ->
                client.serviceAccounts().inNamespace("default").withName("default").get() == null
                    ? Optional.of("it is not there")
                    : Optional.empty());
  }
}
