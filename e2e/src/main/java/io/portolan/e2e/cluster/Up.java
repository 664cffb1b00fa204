package io.portolan.e2e.cluster;

import io.portolan.e2e.cluster.ClusterOptions.Purpose;
import java.nio.file.Path;

/**
 * Starts a cluster and leaves it running; arguments are image archives that the nodes shall have.
 */
public final class Up {
  private Up() {}

  /** Exits with 1 and one message if the cluster does not come up. */
  public static void main(String[] archives) {
    ClusterOptions options = ClusterOptions.defaults().withPurpose(Purpose.DEMO);
    for (String archive : archives) {
      options = options.withImage(Path.of(archive));
    }
    try {
      Cluster cluster = Cluster.start(options);
      String guide = guide(cluster);
      cluster.leaveRunning();
      System.out.println(guide);
    } catch (ClusterException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** How a person uses the cluster, looks at a node, and ends it. */
  public static String guide(Cluster cluster) {
    Node node = cluster.node(1);
    return """

    Use it:          export KUBECONFIG=%s PATH=%s:$PATH
                     kubectl get nodes
    Look at node 1:  nsenter --target %d --all -- COMMAND
                     nsenter --net=/run/netns/%s nft list ruleset
    Its logs:        %s, %s
    End it:          make down
    """
        .formatted(
            cluster.kubeconfig(),
            cluster.options().cache().programs(),
            node.pid(),
            node.netns(),
            cluster.logs(),
            node.log("kubelet").getParent());
  }
}
