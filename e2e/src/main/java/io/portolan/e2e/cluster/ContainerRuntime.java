package io.portolan.e2e.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** containerd of one node, its images and its Pod network. */
final class ContainerRuntime {
  private static final Duration START_BOUND = Duration.ofSeconds(30);
  private static final Duration IMPORT_BOUND = Duration.ofMinutes(3);
  private static final String PLUGINS = "/usr/lib/cni";

  private final Cache cache;
  private final ClusterFolder folder;
  private final Node node;

  ContainerRuntime(Cache cache, ClusterFolder folder, Node node) {
    this.cache = cache;
    this.folder = folder;
    this.node = node;
  }

  Program start() {
    writeCni();
    Path config = write(config(), "containerd.toml");
    Program containerd =
        node.start(
            "containerd",
            List.of(cache.program("containerd").toString(), "--config", config.toString()),
            cache.programs().toString());
    Waiting.on("containerd of " + node.name(), START_BOUND, containerd)
        .until(
            () -> {
              Output output = ctr(Duration.ofSeconds(5), "version");
              return output.succeeded() ? Optional.empty() : Optional.of(output.errors().strip());
            });
    return containerd;
  }

  void load(Path archive) {
    Output output = ctr(IMPORT_BOUND, "images", "import", "--local", archive.toString());
    if (!output.succeeded()) {
      throw new ClusterException(
          node.name() + " does not take the image " + archive + ": " + output.errors());
    }
  }

  private Output ctr(Duration bound, String... words) {
    List<String> line =
        new ArrayList<>(List.of(cache.program("ctr").toString(), "--namespace", "k8s.io"));
    line.addAll(List.of(words));
    return node.exec(bound, line.toArray(String[]::new));
  }

  private String config() {
    // A missing image must fail at once: every registry is a closed port of the loopback.
    write(
        "server = \"http://127.0.0.1:9\"\n[host.\"http://127.0.0.1:9\"]\ncapabilities = [\"pull\", \"resolve\"]\n",
        "registries",
        "_default",
        "hosts.toml");
    return """
    version = 3
    root = "%1$s/containerd"
    state = "/run/containerd"

    [grpc]
    address = "/run/containerd/containerd.sock"

    [plugins.'io.containerd.cri.v1.runtime']
    restrict_oom_score_adj = true

    [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["%2$s"]
    conf_dir = "%1$s/cni"

    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    BinaryName = "%3$s"
    SystemdCgroup = false

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "registry.k8s.io/pause:3.10.1"

    [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "%1$s/registries"
    """
        .formatted(nodeFolder(), PLUGINS, cache.program("oci-wrapper"));
  }

  private void writeCni() {
    write(
        """
        {"cniVersion": "1.0.0", "name": "portolan", "plugins": [
          {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true,
           "ipMasq": false,
           "ipam": {"type": "host-local",
                    "ranges": [[{"subnet": "%s"}], [{"subnet": "%s"}]]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}]}
        """
            .formatted(node.podsIpv4(), node.podsIpv6()),
        "cni",
        "10-portolan.conflist");
  }

  private Path nodeFolder() {
    return folder.path().resolve("nodes").resolve(node.name());
  }

  private Path write(String text, String... names) {
    List<String> parts = new ArrayList<>(List.of(node.name()));
    parts.addAll(List.of(names));
    return folder.write(text, "nodes", parts.toArray(String[]::new));
  }
}
