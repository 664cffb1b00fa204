package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A running cluster. There is one at a time on a machine, because the names of its links,
 * namespaces and cgroups are the machine's.
 */
public final class Cluster implements AutoCloseable {
  private final ClusterOptions options;
  private final StateFile state;
  private final Startup.Parts parts;
  private final Map<Integer, Program> kubeProxies = new ConcurrentHashMap<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Thread atExit;

  private Cluster(ClusterOptions options, StateFile state, Startup.Parts parts, Thread atExit) {
    this.options = options;
    this.state = state;
    this.parts = parts;
    this.atExit = atExit;
  }

  /**
   * Starts one and returns when all its nodes are Ready; says on standard output how far it is.
   * What an earlier start left behind is removed first. The cluster ends with this JVM unless
   * {@link #leaveRunning} is called.
   *
   * @throws ClusterException that says what failed, with the end of the log that tells why; nothing
   *     is left then
   */
  public static Cluster start(ClusterOptions options) {
    Requirements.check(options);
    Progress progress = new Progress(System.out);
    StateFile state =
        StateFile.claim(
            options,
            earlier -> {
              Teardown.run(earlier);
              progress.done("removed what an earlier cluster had left");
            });
    CountDownLatch started = new CountDownLatch(1);
    Thread atExit = endAtExit(state, Thread.currentThread(), started);
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      Startup.Parts parts = new Startup(options, state, progress).run();
      Cluster cluster = new Cluster(options, state, parts, atExit);
      for (int node : options.kubeProxy().nodes()) {
        cluster.startKubeProxy(cluster.node(node), options.kubeProxy().mode());
        progress.done("kube-proxy on node " + node);
      }
      return cluster;
    } catch (RuntimeException | Error e) {
      removeHook(atExit);
      // An interrupt has done its work by now, and would end the waits of the teardown too.
      boolean interrupted = Thread.interrupted();
      StateFile.end(state.id(), Teardown::run);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      throw e;
    } finally {
      started.countDown();
    }
  }

  /** A Ctrl-C in the middle of a start: the start must stop making things before they are ended. */
  private static Thread endAtExit(StateFile state, Thread starter, CountDownLatch started) {
    return new Thread(
        () -> {
          try {
            if (started.getCount() > 0) {
              starter.interrupt();
              started.await(1, TimeUnit.MINUTES);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          StateFile.end(state.id(), Teardown::run);
        },
        "end of cluster");
  }

  /** What was asked for. */
  public ClusterOptions options() {
    return options;
  }

  /** A file for {@code kubectl --kubeconfig}; its user may do everything. */
  public Path kubeconfig() {
    return parts.kubeconfig();
  }

  /** A client that may do everything; it is closed with the cluster. */
  public KubernetesClient client() {
    return parts.client();
  }

  /** All nodes by their number. */
  public List<Node> nodes() {
    return parts.nodes();
  }

  /** The node of this number, 1 is the first. */
  public Node node(int number) {
    return parts.nodes().get(number - 1);
  }

  /** Where the API server is, for Pods of the host network: {@code https://HOST:PORT}. */
  public String apiServer() {
    return "https://" + Addresses.HOST_IPV4 + ":" + Addresses.API_PORT;
  }

  /** The folder with the logs of the control plane; a node has its own, see {@link Node#log}. */
  public Path logs() {
    return options.folder().resolve("logs");
  }

  /** Kills the API server; etcd and the kubelets go on. */
  public void stopApiServer() {
    parts.controlPlane().apiServer().kill9();
  }

  /** Starts the API server again on the same etcd and waits until it is ready. */
  public void startApiServer() {
    if (!parts.controlPlane().apiServer().alive()) {
      parts.controlPlane().startApiServer();
    }
    parts.controlPlane().awaitReady(client());
  }

  /** Starts kube-proxy on a node and returns at once. */
  public Program startKubeProxy(Node node, KubeProxy.Mode mode) {
    return kubeProxies.compute(
        node.number(),
        (number, running) ->
            running != null && running.alive() ? running : parts.kubeProxy().start(node, mode));
  }

  /** Kills the node's kube-proxy, if it has one; the rules it wrote stay in the kernel. */
  public void stopKubeProxy(Node node) {
    Program running = kubeProxies.remove(node.number());
    if (running != null) {
      running.kill9();
    }
  }

  /** Removes the rules that a stopped kube-proxy of this mode left in the node's kernel. */
  public void removeRulesOfKubeProxy(Node node, KubeProxy.Mode mode) {
    parts.kubeProxy().removeRules(node, mode);
  }

  /**
   * Lets the cluster outlive this JVM: {@link Down} ends it.
   *
   * @throws IllegalStateException for a test's cluster
   */
  public void leaveRunning() {
    if (options.purpose() != ClusterOptions.Purpose.DEMO) {
      throw new IllegalStateException("a test's cluster ends with its JVM");
    }
    if (ended.compareAndSet(false, true)) {
      state.leftRunning();
      Runtime.getRuntime().removeShutdownHook(atExit);
      client().close();
    }
  }

  /** Ends everything and waits until it is gone; a second call does nothing. */
  @Override
  public void close() {
    if (ended.compareAndSet(false, true)) {
      client().close();
      StateFile.end(state.id(), Teardown::run);
      removeHook(atExit);
    }
  }

  private static void removeHook(Thread atExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // The hook runs already and finds nothing to end.
    }
  }
}
