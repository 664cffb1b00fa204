package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.service.Ip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A node with Pods on a bridge and a client behind it:
 *
 * <pre>
 * client 192.168.50.2, fd50::2 -- 192.168.50.1, fd50::1 node 10.244.0.1, fd44::1 -- Pods .11, ::11 ...
 * </pre>
 *
 * Each Pod answers on port 8080, TCP and UDP, with its name and the address that it sees.
 */
public final class Testbed implements AutoCloseable {
  public static final int PORT = 8080;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<NetworkNamespace> pods = new ArrayList<>();
  private final NetworkNamespace node;
  private final NetworkNamespace client;

  public Testbed(int podCount) {
    node = add(NetworkNamespace.create("node"));
    client = add(NetworkNamespace.create("client"));
    try {
      node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      node.exec(
          "sysctl",
          "-qw",
          "net.ipv4.conf.all.send_redirects=0",
          "net.ipv4.conf.default.send_redirects=0");
      node.exec("ip", "link", "add", "br0", "type", "bridge");
      address(node, "br0", "10.244.0.1/24", "fd44::1/64");
      link(client, "up0");
      address(node, "up0", "192.168.50.1/24", "fd50::1/64");
      address(client, "eth0", "192.168.50.2/24", "fd50::2/64");
      route(client, "192.168.50.1", "fd50::1");
      route(node, "192.168.50.2", "fd50::2");
      for (int i = 1; i <= podCount; i++) {
        var pod = add(NetworkNamespace.create("pod" + i));
        pods.add(pod);
        link(pod, "pod" + i);
        node.exec("ip", "link", "set", "pod" + i, "master", "br0", "up");
        node.exec("ip", "link", "set", "pod" + i, "type", "bridge_slave", "hairpin", "on");
        // Pods do not see each other but through the node, as with most network plugins.
        address(pod, "eth0", podIp(i, false) + "/32", podIp(i, true) + "/128");
        pod.exec("ip", "route", "add", "10.244.0.1", "dev", "eth0");
        pod.exec("ip", "route", "add", "fd44::1", "dev", "eth0");
        pod.exec("sysctl", "-qw", "net.ipv6.conf.eth0.accept_redirects=0");
        // Masqueraded, clients share an address: one must not meet another's port in TIME_WAIT.
        pod.exec("sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=0");
        route(pod, "10.244.0.1", "fd44::1");
        serve(pod, "pod" + i);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  public NetworkNamespace node() {
    return node;
  }

  public NetworkNamespace client() {
    return client;
  }

  public NetworkNamespace pod(int number) {
    return pods.get(number - 1);
  }

  public static String podIp(int number, boolean v6) {
    return v6 ? "fd44::1" + number : "10.244.0.1" + number;
  }

  /** What a Pod answers over TCP: its name and the address that it sees. */
  static String tcp(String address, int port) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 5_000);
      socket.setSoTimeout(5_000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** What a Pod answers over UDP. */
  static String udp(String address, int port) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(5_000);
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port));
      socket.send(new DatagramPacket(new byte[] {1}, 1));
      var answer = new DatagramPacket(new byte[200], 200);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }
  }

  private void serve(NetworkNamespace pod, String name) {
    var ready = new CountDownLatch(2);
    pod.start(() -> serveTcp(name, ready));
    pod.start(() -> serveUdp(name, ready));
    try {
      if (!ready.await(10, TimeUnit.SECONDS)) {
        throw new AssertionError(name + " did not open its sockets within 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void serveTcp(String name, CountDownLatch ready) {
    try (var server = new ServerSocket(PORT, 200)) {
      track(server);
      ready.countDown();
      while (true) {
        try (var peer = server.accept()) {
          String answer = name + " " + Ip.of(peer.getInetAddress().getAddress());
          peer.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      // The testbed is closed, or a client went away.
    }
  }

  private void serveUdp(String name, CountDownLatch ready) {
    try (var server = new DatagramSocket(PORT)) {
      track(server);
      ready.countDown();
      while (true) {
        var packet = new DatagramPacket(new byte[200], 200);
        server.receive(packet);
        String answer = name + " " + Ip.of(packet.getAddress().getAddress());
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        server.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // The testbed is closed.
    }
  }

  private NetworkNamespace add(NetworkNamespace namespace) {
    track(namespace);
    return namespace;
  }

  private void track(AutoCloseable closeable) {
    synchronized (open) {
      open.add(closeable);
    }
  }

  private void link(NetworkNamespace peer, String device) {
    node.exec(
        "ip", "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", peer.name());
  }

  private static void address(NetworkNamespace in, String device, String v4, String v6) {
    in.exec("ip", "address", "add", v4, "dev", device);
    in.exec("ip", "address", "add", v6, "dev", device, "nodad");
    in.exec("ip", "link", "set", device, "up");
  }

  private static void route(NetworkNamespace in, String v4, String v6) {
    in.exec("ip", "route", "add", "default", "via", v4);
    in.exec("ip", "-6", "route", "add", "default", "via", v6);
  }

  @Override
  public void close() {
    synchronized (open) {
      for (AutoCloseable each : open.reversed()) {
        try {
          each.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }
      open.clear();
    }
  }
}
