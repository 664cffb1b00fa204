package io.portolan.operator.scale;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A real etcd and kube-apiserver with Portolan's definitions and rights, set up as for a large
 * cluster: more requests at a time, and a larger etcd. The operator has its own user, so that the
 * audit log holds its writes and nobody else's.
 */
final class ControlPlane implements AutoCloseable {
  static final String NAMESPACE = "portolan-system";
  private static final String OPERATOR =
      "system:serviceaccount:" + NAMESPACE + ":portolan-operator";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path folder;
  private final String server;
  private final List<Program> programs = new ArrayList<>();
  private final List<KubernetesClient> clients = new ArrayList<>();

  private ControlPlane(Path folder, int port) {
    this.folder = folder;
    this.server = "https://127.0.0.1:" + port;
  }

  /**
   * Starts one that its caller closes.
   *
   * @param binaries folder with etcd and kube-apiserver
   * @param folder for its files; stays the caller's
   */
  static ControlPlane start(Path binaries, Path folder) throws IOException {
    int port = freePort();
    var plane = new ControlPlane(folder, port);
    try {
      plane.start(binaries, port);
      plane.install();
      return plane;
    } catch (IOException | RuntimeException e) {
      plane.close();
      throw e;
    }
  }

  private void start(Path binaries, int port) throws IOException {
    String etcd = "http://127.0.0.1:" + freePort();
    String peer = "http://127.0.0.1:" + freePort();
    programs.add(
        Program.start(
            "etcd",
            List.of(
                binaries.resolve("etcd").toString(),
                "--data-dir=" + folder.resolve("etcd"),
                "--listen-client-urls=" + etcd,
                "--advertise-client-urls=" + etcd,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer,
                "--quota-backend-bytes=8589934592",
                "--log-level=error"),
            Map.of(),
            folder));
    Path key = accountKey();
    Path tokens =
        Files.writeString(
            folder.resolve("tokens.csv"),
            """
            admin,admin,1,system:masters
            operator,%s,2,"system:serviceaccounts,system:serviceaccounts:%s"
            """
                .formatted(OPERATOR, NAMESPACE));
    Path policy =
        Files.writeString(
            folder.resolve("audit.yaml"),
            """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived, ResponseStarted]
            rules:
              - level: Metadata
                users: ["%s"]
                verbs: [create, update, patch, delete, deletecollection]
              - level: None
            """
                .formatted(OPERATOR));
    programs.add(
        Program.start(
            "kube-apiserver",
            List.of(
                binaries.resolve("kube-apiserver").toString(),
                "--etcd-servers=" + etcd,
                "--cert-dir=" + folder.resolve("certificates"),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                "--secure-port=" + port,
                "--service-cluster-ip-range=10.96.0.0/16",
                "--authorization-mode=RBAC",
                "--disable-admission-plugins=ServiceAccount",
                "--token-auth-file=" + tokens,
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + key,
                "--service-account-signing-key-file=" + key,
                "--audit-policy-file=" + policy,
                "--audit-log-path=" + auditLog(),
                "--max-requests-inflight=3000",
                "--max-mutating-requests-inflight=1000"),
            Map.of(),
            folder));
    var client = admin();
    Waiting.until(
        "the API server is ready",
        PATIENCE,
        () -> {
          programs.forEach(Program::mustRun);
          return answers(client, "/readyz");
        });
  }

  /** As a user does: definitions, then the manifests. */
  private void install() throws IOException {
    var client = admin();
    for (String plural : List.of("proxyconfigs", "nodeproxies")) {
      String resource = "/META-INF/fabric8/" + plural + ".portolan.io-v1.yml";
      try (InputStream yaml =
          Objects.requireNonNull(ProxyConfig.class.getResourceAsStream(resource), resource)) {
        client.load(yaml).serverSideApply();
      }
      Waiting.until(
          plural + " are served",
          PATIENCE,
          () -> answers(client, "/apis/portolan.io/v1alpha1/" + plural));
    }
    for (String name :
        List.of("00-namespace.yaml", "10-operator-rbac.yaml", "20-agent-own-node.yaml")) {
      byte[] yaml = Files.readAllBytes(Installed.manifest(name));
      client.load(new ByteArrayInputStream(yaml)).serverSideApply();
    }
  }

  private static boolean answers(KubernetesClient client, String path) {
    try {
      return client.raw(path) != null;
    } catch (KubernetesClientException e) {
      return false;
    }
  }

  /** A client with all rights, closed with this. */
  KubernetesClient admin() {
    KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(kubeconfig("admin")))
            .build();
    clients.add(client);
    return client;
  }

  /** The way in of the operator: it may do what its manifests allow. */
  String operatorKubeconfig() {
    return kubeconfig("operator");
  }

  /** A line of JSON for each write of the operator that was answered. */
  Path auditLog() {
    return folder.resolve("audit.log");
  }

  void mustRun() {
    programs.forEach(Program::mustRun);
  }

  @Override
  public void close() {
    clients.forEach(KubernetesClient::close);
    programs.reversed().forEach(Program::close);
  }

  private String kubeconfig(String token) {
    return """
    apiVersion: v1
    kind: Config
    current-context: it
    clusters: [{name: it, cluster: {server: "%s", insecure-skip-tls-verify: true}}]
    users: [{name: it, user: {token: %s}}]
    contexts: [{name: it, context: {cluster: it, user: it}}]
    """
        .formatted(server, token);
  }

  private Path accountKey() throws IOException {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      String text =
          Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
      return Files.writeString(
          folder.resolve("accounts.key"),
          "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has RSA", e);
    }
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
