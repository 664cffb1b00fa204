package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The nodes' network: a bridge in a network namespace of its own, one leg of it on the host. The
 * host gets one link with two addresses and the routes to the Pods; the host's firewall, forwarding
 * and bridges have no part in what the nodes send each other.
 */
final class Network {
  private static final String SWITCH = "portolan-switch";
  private static final String HOST_LINK = "portolan0";

  private final StateFile state;

  Network(StateFile state) {
    this.state = state;
  }

  static String namespace(int node) {
    return "portolan-node" + node;
  }

  void create(int nodes) {
    addNamespace(SWITCH);
    ip("-n", SWITCH, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
    up(SWITCH, "br0");
    state.link(HOST_LINK);
    ip("link", "add", HOST_LINK, "type", "veth", "peer", "name", "host", "netns", SWITCH);
    plugIn("host");
    enableIpv6(HOST_LINK);
    ip("address", "add", Addresses.HOST_IPV4 + "/24", "dev", HOST_LINK);
    ip("address", "add", Addresses.HOST_IPV6 + "/64", "dev", HOST_LINK, "nodad");
    ip("link", "set", HOST_LINK, "up");
    for (int node = 1; node <= nodes; node++) {
      addNode(node);
      route(node);
      for (int other = 1; other <= nodes; other++) {
        if (other != node) {
          route(other, "-n", namespace(node));
        }
      }
    }
  }

  private void addNode(int node) {
    String namespace = namespace(node);
    addNamespace(namespace);
    String port = "node" + node;
    ip(
        "-n", SWITCH, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
        namespace);
    plugIn(port);
    ip("-n", namespace, "address", "add", Addresses.nodeIpv4(node) + "/24", "dev", "eth0");
    ip("-n", namespace, "address", "add", Addresses.nodeIpv6(node) + "/64", "dev", "eth0", "nodad");
    up(namespace, "eth0");
    ip("-n", namespace, "route", "add", "default", "via", Addresses.HOST_IPV4);
    ip("-n", namespace, "-6", "route", "add", "default", "via", Addresses.HOST_IPV6);
  }

  /** The way to a node's Pods, for the host or (with ip's options) for a namespace. */
  private static void route(int node, String... where) {
    Command.of(
            words(where, "route", "add", Addresses.podsIpv4(node), "via", Addresses.nodeIpv4(node)))
        .output();
    Command.of(
            words(
                where,
                "-6",
                "route",
                "add",
                Addresses.podsIpv6(node),
                "via",
                Addresses.nodeIpv6(node)))
        .output();
  }

  private void addNamespace(String name) {
    state.namespace(name);
    ip("netns", "add", name);
    up(name, "lo");
  }

  private static void plugIn(String port) {
    ip("-n", SWITCH, "link", "set", port, "master", "br0");
    up(SWITCH, port);
  }

  private static void up(String namespace, String link) {
    ip("-n", namespace, "link", "set", link, "up");
  }

  private static void enableIpv6(String link) {
    try {
      Files.writeString(Path.of("/proc/sys/net/ipv6/conf", link, "disable_ipv6"), "0");
    } catch (IOException e) {
      throw new UncheckedIOException("this machine has no IPv6", e);
    }
  }

  private static void ip(String... words) {
    Command.of(words(words)).output();
  }

  private static List<String> words(String[] first, String... rest) {
    return Stream.of(new String[] {"ip"}, first, rest).flatMap(Arrays::stream).toList();
  }
}
