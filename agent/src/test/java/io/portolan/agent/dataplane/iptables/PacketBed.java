package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.ProbeSource;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A node between clients (192.168.50.2, fd50::2, and the addresses of probes) and two Pods
 * (10.244.0.1 and .2, fd44::1 and ::2), each of which answers datagrams on port 8080 with its
 * number and the address that it sees.
 */
final class PacketBed implements AutoCloseable {
  static final String CLIENT = "192.168.50.2";
  static final String CLIENT6 = "fd50::2";

  private final List<AutoCloseable> open = new ArrayList<>();
  private final NetworkNamespace node;
  private final NetworkNamespace clients;

  PacketBed() {
    node = add(NetworkNamespace.create("node"));
    clients = add(NetworkNamespace.create("clients"));
    NetworkNamespace pods = add(NetworkNamespace.create("pods"));
    node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    for (NetworkNamespace each : List.of(node, clients, pods)) {
      each.exec("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
    }
    link(clients, "c0", "192.168.50.", "fd50::");
    link(pods, "p0", "10.244.0.", "fd44::");
    for (Ip probes : List.of(ProbeSource.IPV4, ProbeSource.IPV6)) {
      boolean v6 = probes.family() == IpFamily.IPV6;
      String address = probes + (v6 ? "/128" : "/32");
      clients.ip(List.of("address add " + address + " dev eth0" + (v6 ? " nodad" : "")));
      node.ip(List.of("route add " + address + " dev c0"));
    }
    for (int i = 1; i <= 2; i++) {
      pods.ip(
          List.of(
              "address add 10.244.0." + i + "/24 dev eth0",
              "address add fd44::" + i + "/64 dev eth0 nodad"));
      serve(pods, i, "10.244.0." + i);
      serve(pods, i, "fd44::" + i);
    }
    clients.ip(
        List.of(
            "address add " + CLIENT + "/24 dev eth0",
            "address add " + CLIENT6 + "/64 dev eth0 nodad"));
    reach(List.of(CLIENT, ProbeSource.IPV4.toString()), "10.244.0.");
    reach(List.of(CLIENT6, ProbeSource.IPV6.toString()), "fd44::");
  }

  /** Waits until neighbours know each other, ten seconds at most. */
  private void reach(List<String> clients, String pods) {
    for (String client : clients) {
      for (int pod = 1; pod <= 2; pod++) {
        int tries = 0;
        while (!ask(client, pods + pod, 8080).equals(pod + " " + client)) {
          if (++tries == 20) {
            throw new AssertionError(client + " does not reach Pod " + pod + " within 10 s");
          }
        }
      }
    }
  }

  private void link(NetworkNamespace peer, String device, String v4, String v6) {
    node.ip(
        List.of(
            "link add " + device + " type veth peer name eth0 netns " + peer.name(),
            "address add " + v4 + "254/24 dev " + device,
            "address add " + v6 + "fe/64 dev " + device + " nodad",
            "link set " + device + " up"));
    peer.ip(
        List.of(
            "link set eth0 up",
            "address add " + v4 + "253/24 dev eth0",
            "address add " + v6 + "fd/64 dev eth0 nodad",
            "route add default via " + v4 + "254",
            "route add default via " + v6 + "fe"));
  }

  private void serve(NetworkNamespace pods, int number, String address) {
    var socket =
        pods.call(
            () -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 8080)));
    open.add(socket);
    pods.start(
        () -> {
          try {
            while (true) {
              var packet = new DatagramPacket(new byte[10], 10);
              socket.receive(packet);
              String seen = number + " " + Ip.of(packet.getAddress().getAddress());
              byte[] words = seen.getBytes(StandardCharsets.UTF_8);
              socket.send(new DatagramPacket(words, words.length, packet.getSocketAddress()));
            }
          } catch (IOException e) {
            // The test is over.
          }
        });
  }

  private NetworkNamespace add(NetworkNamespace namespace) {
    open.add(namespace);
    return namespace;
  }

  NetworkNamespace node() {
    return node;
  }

  /** What a client's new flow is answered; {@code none} when nothing answers. */
  String ask(String from, String to, int port) {
    return clients.call(
        () -> {
          try (var socket =
              new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(from), 0))) {
            return exchange(socket, to, port);
          }
        });
  }

  /** A socket of a client, for flows that go on. */
  DatagramSocket socket(String from) {
    var socket =
        clients.call(
            () -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(from), 0)));
    open.add(socket);
    return socket;
  }

  /** Sends and waits for the answer, for half a second. */
  static String exchange(DatagramSocket socket, String to, int port) {
    try {
      socket.setSoTimeout(500);
      var place = new InetSocketAddress(InetAddress.ofLiteral(to), port);
      socket.send(new DatagramPacket(new byte[] {1}, 1, place));
      var answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "none";
    }
  }

  @Override
  public void close() {
    for (AutoCloseable each : open.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }
}
