package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives test classes a cluster, as a parameter of type {@link Cluster} or {@link KubernetesClient}.
 * Classes that ask for equal options one after the other share it; it ends with the test run, or
 * when a class asks for another one, since a machine has one at a time. What a test makes in it,
 * the test removes.
 *
 * <p>{@code @ExtendWith(ClusterExtension.class)} asks for the defaults, a static
 * {@code @RegisterExtension} field for anything else.
 */
public final class ClusterExtension
    implements BeforeAllCallback,
        ParameterResolver,
        AfterTestExecutionCallback,
        LifecycleMethodExecutionExceptionHandler {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(ClusterExtension.class);

  private final ClusterOptions options;

  /** For the default options. */
  public ClusterExtension() {
    this(ClusterOptions.defaults());
  }

  /** For the given options. */
  public ClusterExtension(ClusterOptions options) {
    this.options = options;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    cluster(context);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      diagnose(context);
    }
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    diagnose(context);
    throw failure;
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    diagnose(context);
    throw failure;
  }

  private void diagnose(ExtensionContext context) {
    System.out.println(new Diagnostics(cluster(context)).afterFailureOf(context.getDisplayName()));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type.equals(Cluster.class) || type.equals(KubernetesClient.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Cluster cluster = cluster(context);
    return parameter.getParameter().getType().equals(Cluster.class) ? cluster : cluster.client();
  }

  private Cluster cluster(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(SharedCluster.class, none -> new SharedCluster(), SharedCluster.class)
        .with(options);
  }
}
