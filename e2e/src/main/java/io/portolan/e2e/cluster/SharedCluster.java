package io.portolan.e2e.cluster;

import org.jspecify.annotations.Nullable;

/** The cluster of a test run at this moment. JUnit closes it at the run's end. */
final class SharedCluster implements AutoCloseable {
  private @Nullable Cluster current;
  private @Nullable ClusterException failure;

  /**
   * The running cluster if it is as asked for, else a new one in its place. A start that failed is
   * not tried again: each class would wait for the same failure.
   */
  synchronized Cluster with(ClusterOptions options) {
    if (failure != null) {
      throw new ClusterException("the cluster did not start: " + failure.getMessage(), failure);
    }
    if (current != null && current.options().equals(options)) {
      return current;
    }
    close();
    try {
      Cluster started = Cluster.start(options);
      current = started;
      return started;
    } catch (ClusterException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public synchronized void close() {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
