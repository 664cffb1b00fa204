package io.portolan.e2e.demo;

import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.install.KernelView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Looks into the kernel of each node all the time, and notes when an endpoint first was there. */
final class KernelTimes implements AutoCloseable {
  private final Map<String, Long> first = new ConcurrentHashMap<>();
  private final List<Thread> watchers = new ArrayList<>();
  private final int nodes;
  private volatile boolean ended;

  KernelTimes(List<Node> nodes) {
    this.nodes = nodes.size();
    for (Node node : nodes) {
      watchers.add(Thread.ofVirtual().start(() -> watch(node)));
    }
  }

  /**
   * When the last of the kernels got this address, by {@link System#nanoTime}; empty while one
   * lacks it.
   */
  OptionalLong inAll(String address) {
    List<Long> times =
        first.entrySet().stream()
            .filter(e -> e.getKey().endsWith(" " + address))
            .map(Map.Entry::getValue)
            .toList();
    return times.size() == nodes
        ? times.stream().mapToLong(Long::longValue).max()
        : OptionalLong.empty();
  }

  @Override
  public void close() {
    ended = true;
    for (Thread watcher : watchers) {
      try {
        watcher.join(2000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void watch(Node node) {
    while (!ended) {
      Set<String> held = new KernelView(node).endpoints("ip");
      long now = System.nanoTime();
      held.forEach(address -> first.putIfAbsent(node.name() + " " + address, now));
    }
  }
}
