package io.portolan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;

/**
 * A fresh node: its namespace, one of clients ("Pods of the node") and one of backends ("Pods
 * elsewhere"), each with a veth to the node. The backends' namespace answers at every address of
 * {@link Population#BACKENDS}. Addresses of Services that no rule serves are unreachable at once,
 * so that a try costs microseconds instead of a second.
 */
final class Testbed implements AutoCloseable {
  /** The node's address on its link to the API server. */
  static final String NODE = "192.168.50.11";

  /** The API server's address, on the loopback device of the race's own namespace. */
  static final String API = "192.0.2.1";

  private static final String API_LINK = "api0";

  private final Namespace node = Namespace.create("node");
  private final Namespace client = Namespace.create("client");
  private final Namespace backend = Namespace.create("backend");
  private final ExecutorService clients = client.threads();
  private final Backend servers;

  Testbed() {
    Shell.run(
        "ip", "link", "add", API_LINK, "type", "veth", "peer", "name", "eth0", "netns", "node");
    Shell.run("ip", "address", "add", "192.168.50.1/24", "dev", API_LINK);
    Shell.run("ip", "link", "set", API_LINK, "up");
    node.ip(
        """
        link add pods type veth peer name eth0 netns client
        link add others type veth peer name eth0 netns backend
        address add %s/24 dev eth0
        address add 10.128.1.1/24 dev pods
        address add 192.168.51.1/24 dev others
        link set eth0 up
        link set pods up
        link set others up
        route add default via 192.168.50.1
        route add unreachable %s
        route add %s via 192.168.51.2
        """
            .formatted(NODE, Population.SERVICES, Population.BACKENDS));
    client.ip(
        """
        address add 10.128.1.2/24 dev eth0
        link set eth0 up
        route add default via 10.128.1.1
        """);
    backend.ip(
        """
        address add 192.168.51.2/24 dev eth0
        link set eth0 up
        route add default via 192.168.51.1
        route add local %s dev lo
        """
            .formatted(Population.BACKENDS));
    node.sysctl("net.ipv4.ip_forward", 1);
    node.sysctl("net.ipv4.icmp_ratelimit", 0);
    servers = new Backend(backend);
  }

  /** Threads of the client. */
  ExecutorService clients() {
    return clients;
  }

  /** What the API server has sent to the node, bytes of frames. */
  long bytesFromApi() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/net/dev"))) {
        String[] words = line.strip().split("[: ]+", -1);
        if (words[0].equals(API_LINK)) {
          return Long.parseLong(words[9]);
        }
      }
      throw new BenchException("no link " + API_LINK);
    } catch (IOException e) {
      throw new BenchException("cannot read /proc/net/dev", e);
    }
  }

  @Override
  public void close() {
    clients.shutdownNow();
    servers.close();
    node.delete();
    client.delete();
    backend.delete();
    // Its peer's namespace lives on while a socket of it does; the link need not.
    try {
      Shell.run("ip", "link", "del", API_LINK);
    } catch (BenchException gone) {
      // With its peer.
    }
  }
}
