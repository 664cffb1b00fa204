package io.portolan.e2e.demo;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.RolloutWatch;
import io.portolan.e2e.install.SampleApp;
import io.portolan.e2e.install.Traffic;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A good change and a bad one, while clients of every node run. */
final class Rollouts implements Scene {
  private static final String CONFIG = "default";
  private static final Duration BOUND = Duration.ofSeconds(90);

  private static final String GOOD =
      """
      {"spec": {"affinity": {"timeout": "1h"}, "traffic": {"masqueradeAll": true},
                "rollout": {"canary": {"nodes": 1, "soak": "3s"}, "waves": [{"percent": 70}], "soak": "2s"}}}
      """;

  /** The image of the sample application says how it wants to be called, and ends. */
  private static final Bad CRASHING =
      new Bad(
          "an image of the agent that ends at once",
          "{\"spec\": {\"agent\": {\"image\": \"portolan.io/echo:dev\"}}}",
          "CrashLoopBackOff",
          "{\"spec\": {\"agent\": {\"image\": null}}}");

  /**
   * Whoever sends is taken for a Pod, so nothing is masqueraded any more, and endpoints on other
   * nodes answer clients from outside directly, who never asked those.
   */
  private static final Bad CUTTING =
      new Bad(
          "settings that cut replies; the kernel takes them without a word",
          """
          {"spec": {"traffic": {"masqueradeAll": false, "detectLocal":
                     {"mode": "ClusterCIDR", "clusterCIDRs": ["0.0.0.0/0", "::/0"]}}}}
          """,
          "got no answer",
          "{\"spec\": {\"traffic\": {\"masqueradeAll\": true, \"detectLocal\": null}}}");

  /**
   * A change that must go away by itself.
   *
   * @param why must be in the status
   * @param mended takes it out of the spec
   */
  private record Bad(String words, String patch, String why, String mended) {}

  @Override
  public void play(Installation portolan, SampleApp app, Show show) {
    show.title("Clients of every node, for the next three scenes");
    try (var traffic = Traffic.on(portolan.cluster(), app)) {
      show.text(
          "of each node: a Pod through ClusterIPs, and from outside through its NodePort and through a ClusterIP routed to it");
      good(portolan, traffic, show);
      bad(CUTTING, portolan, traffic, show);
      List<Traffic.Seen> failing = traffic.failing();
      String canary = canary(portolan);
      show.claim(
          failing.stream().allMatch(s -> s.node().name().equals(canary)),
          "meanwhile: "
              + traffic.summary()
              + ", none of them by way of another node than "
              + canary
              + "; one that waits there is answered once it is back");
      failing.forEach(s -> show.text(s.toString()));
      traffic.more(50);
      noneFailed("since then: ", traffic, show);
      mend(CUTTING, portolan, show);
      bad(CRASHING, portolan, traffic, show);
      noneFailed("meanwhile: ", traffic, show);
      mend(CRASHING, portolan, show);
    }
  }

  private static void good(Installation portolan, Traffic traffic, Show show) {
    show.title("A good change: canary, one more node, the rest");
    traffic.begin();
    try (var watch = RolloutWatch.of(portolan, show::text)) {
      patch(portolan, show, GOOD);
      watch.await("Complete", BOUND);
      ProxyConfigStatus status = portolan.waitReady(CONFIG, BOUND);
      String revision = Objects.requireNonNull(status.currentRevision());
      List<String> nodes = portolan.cluster().nodes().stream().map(Node::name).toList();
      show.claim(
          watch.given(revision).equals(nodes)
              && watch.phases().containsAll(List.of("Soaking 0", "Soaking 1", "Soaking 2")),
          "three waves, one after the other: " + watch.given(revision));
      show.claim(watch.replaced().isEmpty(), "no agent was restarted or replaced");
    }
    noneFailed("meanwhile: ", traffic, show);
    show.text(portolan.kubectl().run("get", "pxc,npx"));
  }

  private static void noneFailed(String when, Traffic traffic, Show show) {
    List<Traffic.Seen> failing = traffic.failing();
    show.claim(failing.isEmpty(), when + traffic.summary());
    failing.forEach(s -> show.text(s.toString()));
  }

  private static void bad(Bad change, Installation portolan, Traffic traffic, Show show) {
    show.title("A bad change: " + change.words());
    traffic.begin();
    String canary = canary(portolan);
    try (var watch = RolloutWatch.of(portolan, show::text)) {
      patch(portolan, show, change.patch());
      watch.await("RolledBack", BOUND);
      ProxyConfigStatus status = Objects.requireNonNull(portolan.proxyConfig(CONFIG)).getStatus();
      show.claim(
          watch.touched().equals(List.of(canary)), "it reached " + canary + " and no other node");
      show.claim(
          portolan.nodeProxies().stream()
              .allMatch(
                  n ->
                      n.getSpec().revision().equals(status.currentRevision())
                          && Installation.serves(n)),
          "it went away by itself: every node is well at " + status.currentRevision());
      Optional<Condition> stalled = Installation.condition(status.conditions(), "Stalled");
      show.claim(
          stalled.filter(c -> c.getMessage().contains(change.why())).isPresent(),
          "the status says why: "
              + stalled.map(c -> c.getReason() + ": " + c.getMessage()).orElse("nothing"));
    }
    show.text(portolan.kubectl().run("get", "pxc,npx"));
  }

  private static void mend(Bad change, Installation portolan, Show show) {
    patch(portolan, show, change.mended());
    portolan.waitReady(CONFIG, BOUND);
  }

  /** The first node of the first zone (docs/rollouts.md). */
  private static String canary(Installation portolan) {
    return portolan.cluster().nodes().getFirst().name();
  }

  private static void patch(Installation portolan, Show show, String json) {
    show.text("kubectl patch pxc default --type=merge -p '" + json.strip() + "'");
    portolan.patch(CONFIG, json);
  }
}
