package io.portolan.operator.controller;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.api.testing.ApiServer;
import io.portolan.api.testing.OncePerRun;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An API server with the manifests of the installation. */
public final class InstalledServer implements AutoCloseable {
  static final String NAMESPACE = "portolan-system";

  private final ApiServer server;

  private InstalledServer(ApiServer server) {
    this.server = server;
  }

  private static InstalledServer start() throws IOException {
    ApiServer server = ApiServer.start();
    try {
      install(server.client());
      return new InstalledServer(server);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  KubernetesClient client() {
    return server.client();
  }

  /** The way in for another process: a kubeconfig with all rights. */
  public String kubeconfig() {
    return server.kubeconfig();
  }

  /** A client that may do what this service account of ours may do, and no more. */
  KubernetesClient actingAs(String serviceAccount, Map<String, List<String>> extra) {
    Config config = server.config();
    config.setImpersonateUsername("system:serviceaccount:" + NAMESPACE + ":" + serviceAccount);
    config.setImpersonateGroups("system:serviceaccounts", "system:authenticated");
    config.setImpersonateExtras(extra);
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  @Override
  public void close() {
    server.close();
  }

  /** Applies the manifests of the installation, as a user does. */
  private static void install(KubernetesClient client) throws IOException {
    try (var files = Files.list(Path.of("..", "charts", "manifests"))) {
      for (Path file : files.sorted().toList()) {
        String yaml =
            Files.readString(file)
                .replace("__API_SERVER_HOST__", "192.0.2.1")
                .replace("__API_SERVER_PORT__", "6443");
        client
            .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
            .serverSideApply();
      }
    }
  }

  /** Gives tests a parameter of type {@link InstalledServer}. */
  public static final class Extension extends OncePerRun<InstalledServer> {
    Extension() {
      super(InstalledServer.class, InstalledServer::start);
    }
  }
}
