package io.portolan.operator.scale;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.AgentPod;
import io.portolan.api.v1alpha1.Canary;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Rollout;
import io.portolan.api.v1alpha1.RolloutWave;
import io.portolan.api.v1alpha1.Sync;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A fleet that is played, an operator that is real, and what it costs to roll changes out. */
final class ScaleRun implements AutoCloseable {
  /** Requests of the played cluster at the same time. */
  private static final int AT_ONCE = 24;

  private static final Duration SAY = Duration.ofSeconds(5);

  private final int count;
  private final Path folder;
  private final Consumer<String> log;
  private final ControlPlane plane;
  private final KubernetesClient client;
  private final Work work = new Work(AT_ONCE);
  private final PlayedNodes nodes;
  private final PlayedAgents agents;
  private final StatusLag lag;
  private final AuditedWrites writes;
  private OperatorUnderTest operator;

  /**
   * Starts the API server, the nodes and the operator.
   *
   * @param folder for all files; stays the caller's
   * @param log gets a line now and then
   */
  ScaleRun(int count, Path binaries, Path folder, Consumer<String> log) throws IOException {
    this.count = count;
    this.folder = folder;
    this.log = log;
    plane = ControlPlane.start(binaries, folder);
    try {
      client = plane.admin();
      lag = new StatusLag(plane.admin());
      agents = new PlayedAgents(plane.admin(), work, lag::ready);
      var pods = new PlayedPods(plane.admin(), work, agents::started);
      Objects.requireNonNull(pods);
      nodes = new PlayedNodes(client, work, count);
      nodes.make();
      await("all nodes are made", () -> nodes.made() == count);
      writes = new AuditedWrites(plane.auditLog());
      operator = OperatorUnderTest.start(plane.operatorKubeconfig(), folder);
    } catch (IOException | RuntimeException e) {
      work.close();
      plane.close();
      throw e;
    }
  }

  /** What the operator's start cost, with all nodes there and nothing else. */
  Figures start() {
    return phase("start", () -> "", () -> {}, () -> true);
  }

  /** The first revision: nothing served before. */
  Figures first() {
    return rollout("first revision", "5m", "one", "2m");
  }

  /** Other settings for every node. */
  Figures settings() {
    return rollout("settings", "6m", "one", "2m");
  }

  /** Another Pod for every node. */
  Figures image() {
    return rollout("image", "6m", "two", "2m");
  }

  /** Settings that make an agent ill. */
  Figures bad() {
    return phase(
        "bad settings",
        this::update,
        () -> apply(PlayedAgents.BAD, "one", "10s"),
        () -> lag.phase().equals("RolledBack"));
  }

  /** Each kubelet and each agent reports once in five minutes, and nothing else changes. */
  Figures quiet(Duration time) {
    Instant end = Instant.now().plus(time);
    return phase(
        "quiet, %d s".formatted(time.toSeconds()),
        () -> "",
        () -> {
          long pause = 1000L * 300 / count;
          while (Instant.now().isBefore(end)) {
            nodes.report();
            agents.touch();
            Waiting.sleep(Duration.ofMillis(pause));
          }
        },
        () -> true);
  }

  /** Reports of kubelets so far. */
  int reports() {
    return nodes.reports();
  }

  /** Another operator takes over, with everything there. */
  Figures restart() throws IOException {
    operator.close();
    Instant begin = Instant.now();
    operator = OperatorUnderTest.start(plane.operatorKubeconfig(), folder);
    Duration start = Duration.between(begin, Instant.now());
    await("it has made a pass", () -> operator.passes() > 0);
    Figures seen = phase("restart", () -> "", () -> Waiting.sleep(SAY), () -> true);
    log.accept("restart: ready after %d ms".formatted(start.toMillis()));
    return seen;
  }

  private Figures rollout(String name, String interval, String image, String timeout) {
    long before = generation();
    return phase(
        name,
        this::update,
        () -> apply(interval, image, timeout),
        () -> generation() > before && lag.phase().equals("Complete") && complete());
  }

  private Figures phase(
      String name, Supplier<String> revision, Runnable begin, BooleanSupplier end) {
    writes.next();
    if (!name.equals("start") && !name.equals("restart")) {
      operator.forgetPeak();
    }
    long passes = operator.passes();
    double passTime = operator.passTime();
    Duration processor = operator.processorTime();
    Instant began = Instant.now();
    begin.run();
    await(name, end);
    Duration took = Duration.between(began, Instant.now());
    Duration used = operator.processorTime().minus(processor);
    long made = operator.passes() - passes;
    double time = operator.passTime() - passTime;
    // The audit log is written as requests end; the last status may have some after it.
    Waiting.sleep(Duration.ofSeconds(2));
    String given = revision.get();
    var figures =
        new Figures(
            name,
            took,
            given.isEmpty() ? 0 : agents.everHad(given),
            writes.next(),
            given.isEmpty()
                ? new StatusLag.Figures(Duration.ZERO, Duration.ZERO, 0)
                : lag.figures(),
            operator.memory(),
            operator.peak(),
            operator.heap(),
            made,
            time,
            operator.longestPass(),
            used,
            statusBytes());
    log.accept(figures.row());
    log.accept("  " + figures.kinds());
    return figures;
  }

  private void await(String what, BooleanSupplier end) {
    Instant[] said = {Instant.now()};
    Waiting.until(
        what,
        Duration.ofMinutes(2).plusMillis(count * 120L),
        () -> {
          plane.mustRun();
          work.mustBeWell();
          Watching.mustGoOn();
          if (Instant.now().isAfter(said[0].plus(SAY))) {
            said[0] = Instant.now();
            log.accept("  " + what + ": " + now());
          }
          return end.getAsBoolean();
        });
  }

  private String now() {
    return lag.newest()
        .map(
            c ->
                c.getStatus() == null
                    ? "no status yet"
                    : "%s %s, %d MiB"
                        .formatted(lag.phase(), c.getStatus().nodes(), operator.memory()))
        .orElseGet(() -> nodes.made() + " nodes made");
  }

  private boolean complete() {
    return lag.newest()
        .map(ProxyConfig::getStatus)
        .filter(s -> s.nodes() != null && s.nodes().updated() == count)
        .filter(s -> Objects.equals(s.observedGeneration(), generation()))
        .isPresent();
  }

  private String update() {
    return lag.newest()
        .map(ProxyConfig::getStatus)
        .map(s -> Objects.requireNonNullElse(s.updateRevision(), ""))
        .orElse("");
  }

  private long generation() {
    return lag.newest().map(c -> c.getMetadata().getGeneration()).orElse(0L);
  }

  private int statusBytes() {
    return lag.newest()
        .map(c -> client.getKubernetesSerialization().asJson(c.getStatus()).length())
        .orElse(0);
  }

  private void apply(String interval, String image, String timeout) {
    var config = new ProxyConfig();
    config.setMetadata(new ObjectMetaBuilder().withName("default").build());
    config.setSpec(
        new ProxyConfigSpec(
            null,
            null,
            Mode.NFTABLES,
            null,
            null,
            null,
            null,
            new Sync(null, interval),
            new AgentPod("portolan.io/agent:" + image, null, null, null),
            new Rollout(
                null,
                null,
                new IntOrString("10%"),
                new Canary(1, null, "5s", null),
                List.of(new RolloutWave(25, null, null)),
                "5s",
                null,
                timeout,
                null,
                null,
                null),
            null,
            null));
    client.resource(config).fieldManager("user").forceConflicts().serverSideApply();
  }

  @Override
  public void close() {
    work.close();
    operator.close();
    plane.close();
  }
}
