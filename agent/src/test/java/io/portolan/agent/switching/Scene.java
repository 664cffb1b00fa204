package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.switching.Driven.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node with Pods that answer, a client behind it, and what lies in the node's kernel. */
final class Scene implements AutoCloseable {
  private final List<AutoCloseable> open = new ArrayList<>();
  private final Testbed bed;

  Scene() {
    bed = new Testbed(Cluster.PODS);
    open.add(bed);
    try {
      for (int pod = 1; pod <= Cluster.PODS; pod++) {
        open.add(new Echo(bed.pod(pod), "pod" + pod));
      }
      bed.client().exec("ip", "route", "add", "local", Stress.CLIENTS.getFirst(), "dev", "lo");
      bed.client().exec("ip", "route", "add", "local", Stress.CLIENTS.getLast(), "dev", "lo");
      node().exec("ip", "route", "add", Stress.CLIENTS.getFirst(), "via", "192.168.50.2");
      node().exec("ip", "route", "add", Stress.CLIENTS.getLast(), "via", "fd50::2");
      bed.client().exec("sysctl", "-qw", "net.ipv6.ip_nonlocal_bind=1");
      for (NetworkNamespace each : List.of(node(), bed.client())) {
        each.exec("sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 29999");
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  NetworkNamespace node() {
    return bed.node();
  }

  /** Starts a loop on the node that knows the Services. */
  Driven drive(Tryout tryout, Calls.Listener listener, Duration audits, int unused) {
    Driven driven = node().call(() -> new Driven(tryout, listener, audits));
    driven.offer(Cluster.changes(unused));
    return driven;
  }

  /** Starts the clients: behind the node, and on it. */
  Clients clients() {
    return new Clients(new Stress(bed.client(), true), new Stress(node(), false));
  }

  /** Clients here and there. */
  record Clients(Stress behind, Stress here) implements AutoCloseable {
    void awaitBeginning() {
      behind.awaitBeginning();
      here.awaitBeginning();
    }

    void note(String what) {
      behind.tally().note(what);
    }

    void flawless(String when) {
      behind.flawless(when);
      here.flawless(when);
    }

    @Override
    public void close() {
      behind.close();
      here.close();
    }

    @Override
    public String toString() {
      return "from behind the node: " + behind.tally() + "\nfrom the node: " + here.tally();
    }
  }

  /** The kernel has this mode, and nothing of another. */
  void alone(Way way) {
    assertThat(ours()).as("what the kernel has of ours").containsExactly(way.variant());
  }

  /** The modes of which anything is in the kernel, in the words of the kernel's own programs. */
  private List<String> ours() {
    var found = new ArrayList<String>();
    if (said("nft", "list", "tables").contains("portolan")) {
      found.add(Way.NFTABLES.variant());
    }
    boolean sets = said("ipset", "list", "-n").contains("PORTOLAN");
    for (Way way : List.of(Way.LEGACY, Way.NFT)) {
      if (Stream.of("iptables", "ip6tables")
          .map(p -> p + way.variant().substring("iptables".length()) + "-save")
          .anyMatch(p -> said("sh", "-c", p + " 2>/dev/null").contains("PORTOLAN"))) {
        found.add(way.variant());
      }
    }
    if (sets && !found.contains(Way.LEGACY.variant()) && !found.contains(Way.NFT.variant())) {
      found.add("sets of iptables");
    }
    return found;
  }

  private String said(String... command) {
    return node().exec(command);
  }

  /** Does something on a thread of the node. */
  <T extends @Nullable Object> T onNode(Callable<T> work) {
    return node().call(work);
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
    open.clear();
  }
}
