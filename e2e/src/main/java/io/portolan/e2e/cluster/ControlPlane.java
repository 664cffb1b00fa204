package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** etcd, API server, controllers and scheduler, as processes of the host. */
final class ControlPlane {
  private static final Duration BOUND = Duration.ofMinutes(1);
  private static final String LOOPBACK = "127.0.0.1";

  private final Cache cache;
  private final ClusterFolder folder;
  private final Launcher launcher;
  private final Credentials credentials;
  private final int etcdPort = freePort();
  private @Nullable Program etcd;
  private @Nullable Program apiServer;

  ControlPlane(Cache cache, ClusterFolder folder, Launcher launcher, Credentials credentials) {
    this.cache = cache;
    this.folder = folder;
    this.launcher = launcher;
    this.credentials = credentials;
  }

  Program startEtcd() {
    String clients = "http://" + LOOPBACK + ":" + etcdPort;
    String peers = "http://" + LOOPBACK + ":" + freePort();
    Program started =
        launcher.start(
            "etcd",
            List.of(
                program("etcd"),
                "--name=portolan",
                "--data-dir=" + folder.path().resolve("etcd"),
                "--unsafe-no-fsync",
                "--listen-client-urls=" + clients,
                "--advertise-client-urls=" + clients,
                "--listen-peer-urls=" + peers,
                "--initial-advertise-peer-urls=" + peers,
                "--initial-cluster=portolan=" + peers,
                "--log-level=warn"));
    etcd = started;
    Waiting.on("etcd", BOUND, started).until(() -> refuses(LOOPBACK, etcdPort));
    return started;
  }

  /** Starts it and returns at once; see {@link #awaitReady}. */
  Program startApiServer() {
    Program started =
        launcher.start(
            "kube-apiserver",
            List.of(
                program("kube-apiserver"),
                "--etcd-servers=http://" + LOOPBACK + ":" + etcdPort,
                "--bind-address=" + Addresses.HOST_IPV4,
                "--advertise-address=" + Addresses.HOST_IPV4,
                "--secure-port=" + Addresses.API_PORT,
                "--service-cluster-ip-range=" + String.join(",", Addresses.SERVICE_RANGES),
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged=true",
                "--profiling=false",
                "--client-ca-file=" + credentials.authority(),
                "--tls-cert-file=" + credentials.certificate("apiserver"),
                "--tls-private-key-file=" + credentials.key("apiserver"),
                "--kubelet-certificate-authority=" + credentials.authority(),
                "--kubelet-client-certificate=" + credentials.certificate("apiserver-to-kubelet"),
                "--kubelet-client-key=" + credentials.key("apiserver-to-kubelet"),
                "--kubelet-preferred-address-types=InternalIP",
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                "--service-account-key-file=" + credentials.serviceAccountPublicKey(),
                "--service-account-signing-key-file=" + credentials.key("service-account"),
                "--requestheader-client-ca-file=" + credentials.frontProxyAuthority(),
                "--requestheader-allowed-names=front-proxy",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                "--proxy-client-cert-file=" + credentials.certificate("front-proxy"),
                "--proxy-client-key-file=" + credentials.key("front-proxy"),
                // The host knows the way to Pods but not to Service addresses.
                "--enable-aggregator-routing=true"));
    apiServer = started;
    return started;
  }

  void awaitReady(KubernetesClient client) {
    Waiting.on("the API server to be ready", BOUND, apiServer())
        .until(
            () -> {
              Optional<String> refuses = refuses(Addresses.HOST_IPV4, Addresses.API_PORT);
              if (refuses.isPresent()) {
                return refuses;
              }
              String answer = client.raw("/readyz");
              return "ok".equals(answer) ? Optional.empty() : Optional.of("/readyz: " + answer);
            });
  }

  Program startControllers() {
    String kubeconfig = credentials.kubeconfig("kube-controller-manager").toString();
    return launcher.start(
        "kube-controller-manager",
        List.of(
            program("kube-controller-manager"),
            "--kubeconfig=" + kubeconfig,
            "--leader-elect=false",
            "--secure-port=0",
            "--profiling=false",
            "--use-service-account-credentials=true",
            // The default of 20 requests per second makes the controllers start in 5 s.
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            "--service-account-private-key-file=" + credentials.key("service-account"),
            "--root-ca-file=" + credentials.authority(),
            "--cluster-signing-cert-file=" + credentials.authority(),
            "--cluster-signing-key-file=" + credentials.authorityKey(),
            "--service-cluster-ip-range=" + String.join(",", Addresses.SERVICE_RANGES),
            "--cluster-cidr=" + String.join(",", Addresses.POD_RANGES),
            "--allocate-node-cidrs=true",
            "--node-cidr-mask-size-ipv4=24",
            "--node-cidr-mask-size-ipv6=64"));
  }

  Program startScheduler() {
    return launcher.start(
        "kube-scheduler",
        List.of(
            program("kube-scheduler"),
            "--kubeconfig=" + credentials.kubeconfig("kube-scheduler"),
            "--leader-elect=false",
            "--secure-port=0",
            "--profiling=false"));
  }

  Program startDns() {
    Path kubeconfig = credentials.kubeconfig("coredns");
    Path corefile =
        folder.write(
            """
            cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
              bind %1$s %2$s
              errors
              kubernetes cluster.local in-addr.arpa ip6.arpa {
                kubeconfig %3$s
                pods insecure
              }
            }
            .:53 {
              bind %1$s %2$s
              template ANY ANY {
                rcode NXDOMAIN
              }
            }
            """
                .formatted(Addresses.HOST_IPV4, Addresses.HOST_IPV6, kubeconfig),
            "coredns",
            "Corefile");
    return launcher.start("coredns", List.of(program("coredns"), "-conf", corefile.toString()));
  }

  Program apiServer() {
    return started(apiServer);
  }

  Program etcd() {
    return started(etcd);
  }

  private static Program started(@Nullable Program program) {
    if (program == null) {
      throw new IllegalStateException("not started yet");
    }
    return program;
  }

  private String program(String name) {
    return cache.program(name).toString();
  }

  private static Optional<String> refuses(String address, int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1000);
      return Optional.empty();
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port", e);
    }
  }
}
