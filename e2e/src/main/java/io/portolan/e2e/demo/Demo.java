package io.portolan.e2e.demo;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterException;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Diagnostics;
import io.portolan.e2e.cluster.Up;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.Kubectl;
import io.portolan.e2e.install.SampleApp;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The demo of {@code make demo}: a cluster without kube-proxy, Portolan on it, and one scene after
 * the other that shows what it does. Exit code 0 when everything that was shown is true.
 */
public final class Demo {
  private static final List<Scene> SCENES =
      List.of(
          new Scenes.Overview(),
          new Scenes.Spread(),
          new Scenes.Scale(),
          new Rollouts(),
          new Scenes.Ruleset());

  /** Says of every use of our own API that v1alpha1 is no stable version. */
  private static final Logger VERSION_WARNINGS =
      Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils");

  private Demo() {}

  /** {@code --end}: end the cluster at the end of the demo. */
  public static void main(String[] arguments) {
    VERSION_WARNINGS.setLevel(Level.SEVERE);
    boolean end = List.of(arguments).contains("--end");
    var options =
        Installation.images(ClusterOptions.defaults()).withPurpose(ClusterOptions.Purpose.DEMO);
    var show = new Show(System.out);
    show.title("A cluster of three nodes without kube-proxy");
    try (Cluster cluster = Cluster.start(options)) {
      try {
        play(cluster, show);
      } catch (RuntimeException e) {
        show.claim(false, "the demo came to its end: " + e.getMessage());
        show.text(new Diagnostics(cluster).afterFailureOf("the demo"));
      }
      if (!end) {
        howToUse(cluster, show);
        cluster.leaveRunning();
      }
    } catch (ClusterException e) {
      show.claim(false, "the cluster: " + e.getMessage());
    }
    show.verdict();
    System.exit(show.allTrue() ? 0 : 1);
  }

  private static void play(Cluster cluster, Show show) {
    show.title("CRDs, the operator (two replicas) and a sample application");
    Installation portolan = Installation.on(cluster);
    SampleApp app = SampleApp.on(cluster);
    show.text(new Kubectl(cluster).run("get", "pods", "-A", "-o", "wide"));
    for (Scene scene : SCENES) {
      scene.play(portolan, app, show);
    }
  }

  private static void howToUse(Cluster cluster, Show show) {
    show.title("The cluster is running; use it");
    show.text(Up.guide(cluster).strip());
    show.text(
        """
        What it is about: kubectl get pxc,npx; kubectl explain pxc.spec
                          nsenter --net=/run/netns/%s nft list table ip portolan
                          kubectl -n portolan-system logs -l app.kubernetes.io/name=portolan-agent
        """
            .formatted(cluster.nodes().getFirst().netns()));
  }
}
