package io.portolan.agent.probe;

import static io.portolan.agent.probe.ProbeBed.CUT;
import static io.portolan.agent.probe.ProbeBed.GOOD;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.service.IpFamily;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
@DisplayName("Probes between network namespaces, through nftables")
class ProberTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private ProbeBed bed;

  @BeforeEach
  void open() {
    bed = new ProbeBed();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private List<PathProbes> measured(String revision) {
    Eventually.holds(
        SOON,
        () -> {
          NodeProbes last = bed.last();
          assertThat(last.revision()).isEqualTo(revision);
          assertThat(last.paths()).isNotEmpty();
        });
    return Objects.requireNonNull(bed.last().paths());
  }

  private String interfaces() {
    // The kernel is still making sure of the bed's own addresses.
    return showInterfaces().replace(" tentative", "");
  }

  private String showInterfaces() {
    return bed.node().exec("ip", "-oneline", "address", "show")
        + bed.node().exec("ip", "-oneline", "route", "show")
        + bed.node().exec("ip", "-oneline", "-6", "route", "show")
        + bed.node().exec("ip", "-oneline", "-details", "link", "show");
  }

  private Stream<Outcome> outcomes(ProbePath path) {
    return bed.probed().stream().filter(e -> e.getKey().path() == path).map(e -> e.getValue());
  }

  @Test
  @DisplayName("Pod path and node path are answered, over IPv4 and IPv6, and told once")
  void answered() throws Exception {
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "2");
    assertThat(bed.last()).isEqualTo(new NodeProbes("r1", null, null, null, null));
    List<PathProbes> paths = measured("r1");
    assertThat(paths)
        .extracting(p -> p.path() + " " + p.ipv6())
        .containsExactly("POD false", "POD true", "NODE false", "NODE true");
    assertThat(paths)
        .allSatisfy(
            path -> {
              assertThat(path.sent()).isGreaterThanOrEqualTo(10);
              assertThat(path.failed()).isZero();
              assertThat(path.latencyMicros()).isPositive();
              assertThat(path.sentBefore()).isNull();
            });
    assertThat(bed.last().lastFailed()).isNull();
    Eventually.stays(Duration.ofSeconds(3), () -> bed.found().size());
  }

  @Test
  @DisplayName("a revision that cuts the answers to Pods fails the Pod path alone, and says before")
  void cut() {
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "2");
    measured("r1");
    bed.program(prober, "r2", CUT, "2");
    List<PathProbes> paths = measured("r2");
    assertThat(paths).hasSize(4);
    assertThat(paths)
        .allSatisfy(
            path -> {
              assertThat(path.failed())
                  .isEqualTo(path.path() == ProbePath.POD ? path.sent() : Integer.valueOf(0));
              assertThat(path.sentBefore()).isGreaterThanOrEqualTo(10);
              assertThat(path.failedBefore()).isZero();
              assertThat(path.latencyMicrosBefore()).isPositive();
            });
    assertThat(bed.last().lastFailed()).isNotNull();
    bed.program(prober, "r3", GOOD, "2");
    assertThat(measured("r3")).allSatisfy(path -> assertThat(path.failed()).isZero());
  }

  @Test
  @DisplayName("another node that does not answer is not this one's failure")
  void otherNodeDown() {
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "2", "3");
    Eventually.holds(
        SOON,
        () -> {
          assertThat(outcomes(ProbePath.POD)).contains(Outcome.VOID);
          assertThat(outcomes(ProbePath.NODE)).contains(Outcome.VOID);
          assertThat(outcomes(ProbePath.POD)).hasAtLeastOneElementOfType(Outcome.Answered.class);
        });
    assertThat(bed.probed()).noneMatch(e -> e.getValue().equals(Outcome.FAILED));
  }

  @Test
  @DisplayName("where the node has an endpoint itself, connections to that one are answered too")
  void ownEndpoint() {
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "1", "2");
    assertThat(measured("r1")).hasSize(4).allSatisfy(path -> assertThat(path.failed()).isZero());
    assertThat(bed.probed()).noneMatch(e -> e.getValue().equals(Outcome.VOID));
  }

  @Test
  @DisplayName("without an endpoint on another node, or a known Pod range, the status says why")
  void unmeasured() {
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD);
    assertThat(bed.last().paths()).isEmpty();
    assertThat(bed.last().unmeasured())
        .isEqualTo(
            "IPv4: portolan-system/portolan-probe has no endpoint on another node;"
                + " IPv6: portolan-system/portolan-probe has no endpoint on another node");
    bed.program(prober, "r1", NodeFacts.NONE, "2");
    assertThat(measured("r1")).extracting(p -> p.path()).containsOnly(ProbePath.NODE);
    assertThat(bed.last().unmeasured()).contains("Pod path, IPv4: the settings tell no Pods");
    assertThat(interfaces()).doesNotContain("portolan-probe");
  }

  @Test
  @DisplayName("after the removal the node is as before; the wire has no address meanwhile")
  void removed() {
    bed.node().exec("ip", "link", "add", "portolan-other", "type", "bridge");
    String before = interfaces();
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "2");
    measured("r1");
    assertThat(interfaces()).contains("portolan-probe0").contains("portolan-probe1");
    assertThat(bed.node().exec("ip", "-oneline", "address", "show"))
        .doesNotContain("portolan-probe");
    prober.removed();
    Eventually.holds(SOON, () -> assertThat(interfaces()).isEqualTo(before));
    bed.program(prober, "r2", GOOD, "2");
    measured("r2");
    prober.close();
    assertThat(interfaces()).isEqualTo(before);
  }

  @Test
  @DisplayName("another's interface with our name stays as it is, and the Pod path is not measured")
  void foreign() {
    bed.node().exec("ip", "link", "add", "portolan-probe0", "type", "bridge");
    String before = interfaces();
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "2");
    assertThat(measured("r1")).extracting(p -> p.path()).containsOnly(ProbePath.NODE);
    assertThat(bed.last().unmeasured())
        .contains("Pod path, IPv4: the interface portolan-probe0 is not ours");
    prober.close();
    assertThat(interfaces()).isEqualTo(before);
  }

  @Test
  @DisplayName("the wire that a dead agent left is no obstacle")
  void leftover() {
    bed.closing(bed.node().call(PodPath::open));
    Prober prober = bed.start();
    bed.program(prober, "r2", GOOD, "2");
    assertThat(measured("r2")).allSatisfy(path -> assertThat(path.failed()).isZero());
    assertThat(measured("r2")).extracting(p -> p.path()).contains(ProbePath.POD);
  }

  @Test
  @DisplayName("who takes away the route of the answers is no failure of the revision")
  void repaired() {
    Prober prober = bed.start();
    bed.program(prober, "r1", GOOD, "2");
    measured("r1");
    bed.node().exec("ip", "route", "del", "169.254.213.87");
    Eventually.holds(SOON, () -> assertThat(outcomes(ProbePath.POD)).contains(Outcome.VOID));
    int then = bed.probed().size();
    Eventually.holds(
        SOON,
        () ->
            assertThat(bed.probed().subList(then, bed.probed().size()))
                .anyMatch(
                    e ->
                        e.getKey().equals(new Route(ProbePath.POD, IpFamily.IPV4))
                            && e.getValue() instanceof Outcome.Answered));
    assertThat(bed.probed()).noneMatch(e -> e.getValue().equals(Outcome.FAILED));
  }
}
