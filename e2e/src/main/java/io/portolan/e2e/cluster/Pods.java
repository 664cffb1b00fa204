package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Pods with the echo program in one namespace, and what one does with Pods through the API.
 *
 * @param client of the cluster
 * @param namespace must exist
 */
public record Pods(KubernetesClient client, String namespace) {
  /** The image that every node has. */
  public static final String ECHO_IMAGE = "portolan.io/echo:dev";

  /** Kept, or the level would be lost with the logger. */
  private static final Logger CLOSE_OF_EXEC =
      Logger.getLogger("io.fabric8.kubernetes.client.jdkhttp.JdkWebSocketImpl");

  static {
    // At the end of each exec the client warns that it can't say good-bye on a closed connection.
    CLOSE_OF_EXEC.setLevel(Level.SEVERE);
  }

  private static final Duration BOUND = Duration.ofMinutes(1);

  /** A Pod with a label {@code app} like its name, bound to the node, not created yet. */
  public static Pod echo(String name, Node node, String... arguments) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("app", name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(node.name())
        .withTerminationGracePeriodSeconds(0L)
        .addNewContainer()
        .withName("echo")
        .withImage(ECHO_IMAGE)
        .withArgs(arguments)
        .endContainer()
        .endSpec()
        .build();
  }

  /** Creates a Pod in the namespace and returns at once. */
  public Pod create(Pod pod) {
    return client.pods().inNamespace(namespace).resource(pod).create();
  }

  /** Waits until the Pod is ready and returns it as it then is. */
  public Pod awaitReady(String name) {
    return await(name, "to be ready", Pods::ready);
  }

  /**
   * Waits until the Pod is as asked for.
   *
   * @param how completes the sentence "waited for Pod NAME ..."
   * @throws ClusterException with the Pod's last state if it does not come to that
   */
  public Pod await(String name, String how, Predicate<Pod> expected) {
    Waiting.on("Pod " + namespace + "/" + name + " " + how, BOUND)
        .until(
            () -> {
              Pod pod = resource(name).get();
              if (pod == null) {
                return Optional.of("it does not exist");
              }
              return expected.test(pod)
                  ? Optional.empty()
                  : Optional.of(pod.getStatus().getContainerStatuses().toString());
            });
    return resource(name).require();
  }

  /** Runs a command in the Pod's first container, as {@code kubectl exec} does. */
  public Output exec(String name, String... command) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    try (ExecWatch watch = resource(name).writingOutput(text).writingError(errors).exec(command)) {
      int exit = watch.exitCode().get(BOUND.toSeconds(), TimeUnit.SECONDS);
      return new Output(
          exit, text.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted in " + List.of(command), e);
    } catch (ExecutionException | TimeoutException e) {
      throw new ClusterException(
          "Pod " + name + " did not run " + List.of(command) + " to its end", e);
    }
  }

  /** What the Pod's only container printed. */
  public String log(String name) {
    return resource(name).getLog();
  }

  private PodResource resource(String name) {
    return client.pods().inNamespace(namespace).withName(name);
  }

  private static boolean ready(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> "Ready".equals(condition.getType()))
        .map(PodCondition::getStatus)
        .anyMatch("True"::equals);
  }
}
