package io.portolan.e2e.cluster;

import java.util.Optional;

/** Ends the cluster that runs on this machine, or what is left of one. */
public final class Down {
  private Down() {}

  /** Exits with 1 and one message if something could not be ended. */
  public static void main(String[] arguments) {
    try {
      System.out.println(end());
    } catch (ClusterException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * Ends it and says in one sentence what was done.
   *
   * @throws ClusterException if a living process still uses it, or something cannot be removed
   */
  public static String end() {
    Optional<State> state = StateFile.read();
    if (state.isEmpty()) {
      return "No cluster is running here.";
    }
    State found = state.get();
    if (!found.leftRunning() && found.starter().alive()) {
      throw new ClusterException(found.inUse().orElseThrow());
    }
    StateFile.end(found.id(), Teardown::run);
    return "The cluster is ended; nothing of it is left.";
  }
}
