package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Node;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The processes of our Pods on a node. */
public final class NodeProcesses {
  private NodeProcesses() {}

  /**
   * Process ids, as the host sees them, of the Java programs with this main class in the node's
   * Pods.
   */
  public static List<Long> running(Node node, String mainClass) {
    return node.podProcesses().stream().filter(pid -> runs(pid, mainClass)).toList();
  }

  /** Ends them with SIGKILL. Returns how many there were. */
  public static int kill9(Node node, String mainClass) {
    List<Long> pids = running(node, mainClass);
    pids.forEach(node::kill9);
    return pids.size();
  }

  private static boolean runs(long pid, String mainClass) {
    try {
      String line =
          Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
      return List.of(line.split("\0")).contains(mainClass);
    } catch (IOException e) {
      return false; // it has ended
    }
  }
}
