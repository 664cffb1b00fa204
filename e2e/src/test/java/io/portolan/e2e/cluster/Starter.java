package io.portolan.e2e.cluster;

import java.time.Duration;

/** A program that starts a cluster of two nodes and then waits to be killed. */
final class Starter {
  private Starter() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (Cluster cluster = Cluster.start(ClusterOptions.defaults().withNodes(2))) {
      System.out.println("started " + cluster.nodes().size());
      Thread.sleep(Duration.ofMinutes(5));
    }
  }
}
