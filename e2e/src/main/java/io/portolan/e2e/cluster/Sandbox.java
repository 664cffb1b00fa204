package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the namespaces of a node. They live as long as their first process; with it the kernel ends
 * every process and mount in them.
 */
final class Sandbox {
  private static final Duration BOUND = Duration.ofSeconds(20);

  /** Folders of the host that each node sees as its own. */
  private static final List<Path> OWN_FOLDERS =
      List.of(
          Path.of("/var/lib/kubelet"),
          Path.of("/var/lib/cni"),
          Path.of("/var/log/pods"),
          Path.of("/var/log/containers"));

  /** What a kubelet sets for the whole kernel, beyond any namespace. */
  private static final List<Path> KUBELET_SYSCTLS =
      List.of(
          Path.of("/proc/sys/vm/overcommit_memory"),
          Path.of("/proc/sys/vm/panic_on_oom"),
          Path.of("/proc/sys/kernel/panic"),
          Path.of("/proc/sys/kernel/panic_on_oops"),
          Path.of("/proc/sys/kernel/keys/root_maxkeys"),
          Path.of("/proc/sys/kernel/keys/root_maxbytes"));

  private static final Map<String, String> NODE_SYSCTLS =
      Map.of(
          "net/ipv4/ip_forward", "1",
          "net/ipv6/conf/all/forwarding", "1",
          "net/ipv6/conf/all/accept_dad", "0",
          "net/ipv6/conf/default/accept_dad", "0",
          "net/ipv4/conf/all/rp_filter", "0",
          "net/ipv4/conf/default/rp_filter", "0",
          "net/ipv4/conf/eth0/rp_filter", "0",
          // A Pod's answer to a Pod of the same node passes the bridge; without these the proxy
          // would not see it and could not turn its address back.
          "net/bridge/bridge-nf-call-iptables", "1",
          "net/bridge/bridge-nf-call-ip6tables", "1");

  private final StateFile state;
  private final Launcher launcher;

  Sandbox(StateFile state, Launcher launcher) {
    this.state = state;
    this.launcher = launcher;
  }

  /** Once, before the first node. */
  void prepareHost() {
    try {
      for (Path folder : OWN_FOLDERS) {
        if (!Files.exists(folder)) {
          state.emptyFolder(folder);
          Files.createDirectories(folder);
        }
      }
      for (Path sysctl : KUBELET_SYSCTLS) {
        if (Files.exists(sysctl)) {
          // By lines, as these files give all they have to the first read, and readString begins
          // with one of a single byte.
          state.sysctl(sysctl, Files.readAllLines(sysctl).getFirst());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the host for nodes", e);
    }
  }

  void start(Node node) {
    Path up = node.file("up");
    Program entering =
        launcher.start(
            node.name(),
            node.log("init"),
            List.of(
                "nsenter",
                "--net=/run/netns/" + node.netns(),
                "unshare",
                "--mount",
                "--uts",
                "--ipc",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-euc",
                script(node, up)),
            "");
    node.started(launcher.childOf(entering));
    Waiting.on("the namespaces of " + node.name(), BOUND, entering)
        .until(() -> Files.exists(up) ? Optional.empty() : Optional.of("not made yet"));
  }

  private static String script(Node node, Path up) {
    StringBuilder script = new StringBuilder("mount -t tmpfs -o mode=755 tmpfs /run\n");
    script.append("echo ").append(node.name()).append(" > /proc/sys/kernel/hostname\n");
    for (Path folder : OWN_FOLDERS) {
      Path own = node.file("root", folder.toString().substring(1));
      script.append("mkdir -p ").append(own).append("\n");
      script.append("mount --bind ").append(own).append(' ').append(folder).append("\n");
    }
    NODE_SYSCTLS.forEach(
        (name, value) ->
            script.append(
                "[ ! -e /proc/sys/%s ] || echo %s > /proc/sys/%s\n".formatted(name, value, name)));
    script.append("mount --make-rshared /\n: > ").append(up).append("\n");
    // As the first process it also buries the orphans, which the shell does while it waits.
    return script.append("while sleep 3600; do :; done\n").toString();
  }
}
