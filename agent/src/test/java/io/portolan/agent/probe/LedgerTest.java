package io.portolan.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The figures of the probes")
class LedgerTest {
  private static final Instant AT = Instant.parse("2026-11-24T03:00:00.7Z");
  private static final Route POD = new Route(ProbePath.POD, IpFamily.IPV4);
  private static final Route NODE = new Route(ProbePath.NODE, IpFamily.IPV4);

  private static Assignment assignment(String revision, Route... routes) {
    var target =
        new Target(
            Ip.parse("10.96.0.99"),
            80,
            List.of(new Endpoint(Ip.parse("192.168.0.2"), 10256, false)));
    var all = new TreeMap<Route, Target>();
    for (Route route : routes) {
      all.put(route, target);
    }
    return new Assignment(revision, all, List.of());
  }

  private static void add(Ledger ledger, Route route, int count, Outcome outcome) {
    for (int i = 0; i < count; i++) {
      ledger.add(route, outcome, AT);
    }
  }

  private static Outcome after(int micros) {
    return new Outcome.Answered(micros * 1000L);
  }

  private static PathProbes path(Ledger ledger, Route route) {
    return Objects.requireNonNull(ledger.probes().paths()).stream()
        .filter(p -> p.path() == route.path())
        .findFirst()
        .orElseThrow();
  }

  private static NodeProbes status(
      String revision, int failed, @Nullable Integer sentBefore, @Nullable Integer micros) {
    var path =
        new PathProbes(ProbePath.POD, false, 120, failed, 500, sentBefore, sentBefore, micros);
    return new NodeProbes(revision, List.of(path), null, null, null);
  }

  @Test
  @DisplayName("are absent until every path has 10 connections; void ones count for nothing")
  void enough() {
    var ledger = new Ledger(assignment("r1", POD, NODE), null);
    assertThat(ledger.probes()).isEqualTo(new NodeProbes("r1", null, null, null, null));
    add(ledger, POD, 10, after(300));
    add(ledger, NODE, 9, after(100));
    add(ledger, NODE, 5, Outcome.VOID);
    assertThat(ledger.probes().paths()).isNull();
    add(ledger, NODE, 1, Outcome.FAILED);
    assertThat(ledger.probes().paths())
        .containsExactly(
            new PathProbes(ProbePath.POD, false, 10, 0, 300, null, null, null),
            new PathProbes(ProbePath.NODE, false, 10, 1, 100, null, null, null));
    assertThat(ledger.probes().lastFailed()).isEqualTo("2026-11-24T03:00:00Z");
  }

  @Test
  @DisplayName("are of the last 120 connections, with the median of those that were answered")
  void window() {
    var ledger = new Ledger(assignment("r1", POD), null);
    add(ledger, POD, 50, Outcome.FAILED);
    add(ledger, POD, 59, after(400));
    add(ledger, POD, 60, after(900));
    assertThat(path(ledger, POD).sent()).isEqualTo(120);
    assertThat(path(ledger, POD).failed()).isEqualTo(1);
    assertThat(path(ledger, POD).latencyMicros()).isEqualTo(900);
    add(ledger, POD, 120, Outcome.FAILED);
    assertThat(path(ledger, POD).failed()).isEqualTo(120);
    assertThat(path(ledger, POD).latencyMicros()).isNull();
  }

  @Test
  @DisplayName("begin anew with a revision; those before it stay to be compared with")
  void before() {
    var ledger = new Ledger(assignment("r1", POD), null);
    add(ledger, POD, 20, after(300));
    add(ledger, POD, 1, Outcome.FAILED);
    assertThat(ledger.assign(assignment("r2", POD))).isTrue();
    var before = new PathProbes(ProbePath.POD, false, null, null, null, 21, 1, 300);
    assertThat(ledger.probes()).isEqualTo(new NodeProbes("r2", null, List.of(before), null, null));
    add(ledger, POD, 10, after(700));
    assertThat(path(ledger, POD))
        .isEqualTo(new PathProbes(ProbePath.POD, false, 10, 0, 700, 21, 1, 300));
  }

  @Test
  @DisplayName("of a revision that hardly lived are not what was before")
  void shortLived() {
    var ledger = new Ledger(assignment("r1", POD), null);
    add(ledger, POD, 20, after(300));
    ledger.assign(assignment("r2", POD));
    add(ledger, POD, 9, Outcome.FAILED);
    ledger.assign(assignment("r3", POD));
    add(ledger, POD, 10, after(400));
    assertThat(path(ledger, POD))
        .isEqualTo(new PathProbes(ProbePath.POD, false, 10, 0, 400, 20, 0, 300));
  }

  @Test
  @DisplayName("go on when the endpoints change, and begin with a path that is new")
  void sameRevision() {
    var ledger = new Ledger(assignment("r1", POD), null);
    add(ledger, POD, 20, after(300));
    assertThat(ledger.assign(assignment("r1", POD))).isFalse();
    assertThat(path(ledger, POD).sent()).isEqualTo(20);
    assertThat(ledger.assign(assignment("r1", POD, NODE))).isTrue();
    assertThat(ledger.probes().paths()).isNull();
    assertThat(ledger.assign(assignment("r1", POD))).isFalse();
    add(ledger, NODE, 1, Outcome.FAILED);
    assertThat(ledger.probes().paths()).hasSize(1);
    assertThat(ledger.probes().lastFailed()).isNull();
  }

  @Test
  @DisplayName("after a restart at the same revision compare with what the status had before it")
  void restart() {
    var ledger = new Ledger(assignment("r1", POD), status("r1", 60, 0, 250));
    add(ledger, POD, 10, after(300));
    assertThat(path(ledger, POD))
        .isEqualTo(new PathProbes(ProbePath.POD, false, 10, 0, 300, 0, 0, 250));
  }

  @Test
  @DisplayName("after a restart in the middle of measuring still compare with what was before")
  void restartWhileMeasuring() {
    var first = new Ledger(assignment("r1", POD), null);
    add(first, POD, 20, after(300));
    first.assign(assignment("r2", POD));
    add(first, POD, 3, Outcome.FAILED);
    var second = new Ledger(assignment("r2", POD), first.probes());
    add(second, POD, 10, after(400));
    assertThat(path(second, POD))
        .isEqualTo(new PathProbes(ProbePath.POD, false, 10, 0, 400, 20, 0, 300));
    var other = new Ledger(assignment("r3", POD), first.probes());
    add(other, POD, 10, after(400));
    assertThat(path(other, POD).sentBefore()).isEqualTo(20);
  }

  @Test
  @DisplayName("after a restart with a new revision compare with those of the old one")
  void restartedWithRevision() {
    var ledger = new Ledger(assignment("r2", POD), status("r1", 1, 0, 250));
    add(ledger, POD, 10, after(300));
    assertThat(path(ledger, POD))
        .isEqualTo(new PathProbes(ProbePath.POD, false, 10, 0, 300, 120, 1, 500));
  }

  @Test
  @DisplayName("are failures when nothing answers any more, even without the Service, and it did")
  void cutOff() {
    var ledger = new Ledger(assignment("r1", POD), null);
    add(ledger, POD, 20, after(300));
    ledger.assign(assignment("r2", POD));
    add(ledger, POD, 9, Outcome.VOID);
    assertThat(ledger.probes().paths()).isNull();
    add(ledger, POD, 1, Outcome.VOID);
    assertThat(path(ledger, POD))
        .isEqualTo(new PathProbes(ProbePath.POD, false, 10, 10, null, 20, 0, 300));
    add(ledger, POD, 2, Outcome.VOID);
    assertThat(path(ledger, POD).failed()).isEqualTo(12);
    assertThat(ledger.probes().unmeasured()).isNull();
    add(ledger, POD, 1, after(300));
    add(ledger, POD, 5, Outcome.VOID);
    assertThat(path(ledger, POD).sent()).isEqualTo(13);
  }

  @Test
  @DisplayName("leave out a path that cannot be measured, and one that is void all the time")
  void unmeasured() {
    var ledger = new Ledger(assignment("r1", POD, NODE), null);
    ledger.obstacle("no such privilege");
    add(ledger, NODE, 10, Outcome.VOID);
    assertThat(ledger.probes().paths()).isEmpty();
    assertThat(ledger.probes().unmeasured())
        .startsWith("Pod path, IPv4: no such privilege; node path, IPv4: endpoints of the probe");
    add(ledger, NODE, 10, after(100));
    ledger.obstacle(null);
    add(ledger, POD, 10, after(100));
    assertThat(ledger.probes().paths()).hasSize(2);
    assertThat(ledger.probes().unmeasured()).isNull();
    ledger.assign(new Assignment("r1", Map.of(), List.of("x".repeat(2000))));
    assertThat(ledger.probes().unmeasured()).hasSize(1024);
    assertThat(ledger.probes().paths()).isEmpty();
  }
}
