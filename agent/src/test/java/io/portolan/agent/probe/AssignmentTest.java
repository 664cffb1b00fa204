package io.portolan.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.ServiceName;
import io.portolan.api.v1alpha1.ProbePath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is to be measured")
class AssignmentTest {
  private static Assignment of(NodeFacts node, Map<PortKey, PortPlan> ports) {
    return Assignment.of("r1", node, ProbeBed.SERVICE, ports::get);
  }

  private static NodeFacts pods(PodSources pods, boolean masqueradeAll) {
    return new NodeFacts(List.of(), List.of(), pods, masqueradeAll, List.of());
  }

  @Test
  @DisplayName("both paths in every family that the probe Service has, to its ClusterIP")
  void both() {
    Assignment found = of(ProbeBed.GOOD, ProbeBed.ports("2", "3"));
    assertThat(found.unmeasured()).isEmpty();
    assertThat(found.routes()).hasSize(4);
    Target target =
        Objects.requireNonNull(found.routes().get(new Route(ProbePath.POD, IpFamily.IPV6)));
    assertThat(target.ip()).isEqualTo(Ip.parse("fd96::99"));
    assertThat(target.port()).isEqualTo(80);
    assertThat(target.others())
        .extracting(Object::toString)
        .containsExactly("[fd60::2]:10256", "[fd60::3]:10256");
  }

  @Test
  @DisplayName("not what only the own node answers, and the own endpoint is no control")
  void own() {
    assertThat(of(ProbeBed.GOOD, ProbeBed.ports("1")).routes()).isEmpty();
    assertThat(of(ProbeBed.GOOD, ProbeBed.ports("1")).unmeasured()).hasSize(2);
    assertThat(of(ProbeBed.GOOD, ProbeBed.ports("1", "2")).routes().values())
        .allSatisfy(target -> assertThat(target.others()).hasSize(1));
  }

  @Test
  @DisplayName("a family that the Service has not is not missed; a Service that is not there is")
  void families() {
    Map<PortKey, PortPlan> all = ProbeBed.ports("2");
    Map<PortKey, PortPlan> one = new HashMap<>(all);
    one.keySet().removeIf(key -> key.family() == IpFamily.IPV6);
    assertThat(of(ProbeBed.GOOD, one).routes()).hasSize(2);
    assertThat(of(ProbeBed.GOOD, one).unmeasured()).isEmpty();
    assertThat(of(ProbeBed.GOOD, Map.of()).unmeasured())
        .containsExactly(
            "no Service portolan-system/portolan-probe with a ClusterIP and a TCP port probe");
    assertThat(Assignment.of("r1", ProbeBed.GOOD, null, all::get).unmeasured()).hasSize(1);
    var another = new ServiceName("portolan-system", "other");
    assertThat(Assignment.of("r1", ProbeBed.GOOD, another, all::get).routes()).isEmpty();
  }

  @Test
  @DisplayName("the Pod path only where the settings have its packets masqueraded")
  void masqueraded() {
    Map<PortKey, PortPlan> ports = ProbeBed.ports("2");
    assertThat(of(pods(PodSources.UNKNOWN, false), ports).routes().keySet())
        .extracting(Route::path)
        .containsOnly(ProbePath.NODE);
    assertThat(of(pods(PodSources.UNKNOWN, true), ports).routes()).hasSize(4);
    var v4 = new PodSources.Ranges(List.of(Cidr.parse("10.244.0.0/16")));
    assertThat(of(pods(v4, false), ports).routes()).hasSize(3);
    assertThat(of(pods(new PodSources.Interfaces("veth", true), false), ports).routes()).hasSize(4);
    assertThat(of(pods(new PodSources.Interfaces("port", true), false), ports).routes()).hasSize(2);
  }
}
