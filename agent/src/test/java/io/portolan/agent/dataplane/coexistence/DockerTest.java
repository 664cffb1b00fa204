package io.portolan.agent.dataplane.coexistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.service.Protocol;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Docker's rules for one container with a published port, and flannel's, which let Pods pass where
 * Docker's policy would drop them. Pod 3 is the container too: it has a second interface, on
 * Docker's bridge.
 */
@DisplayName("beside Docker")
class DockerTest {
  private static final int PUBLISHED = 8000;

  private static final String DOCKER =
      """
      *nat
      :DOCKER - [0:0]
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
      -A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 8080 -j MASQUERADE
      -A DOCKER -i docker0 -j RETURN
      -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8000 -j DNAT --to-destination 172.17.0.2:8080
      COMMIT
      *filter
      :FORWARD DROP [0:0]
      :DOCKER - [0:0]
      :DOCKER-ISOLATION-STAGE-1 - [0:0]
      :DOCKER-ISOLATION-STAGE-2 - [0:0]
      :DOCKER-USER - [0:0]
      :FLANNEL-FWD - [0:0]
      -A FORWARD -j DOCKER-USER
      -A FORWARD -j DOCKER-ISOLATION-STAGE-1
      -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A FORWARD -o docker0 -j DOCKER
      -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
      -A FORWARD -i docker0 -o docker0 -j ACCEPT
      -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
      -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8080 -j ACCEPT
      -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
      -A DOCKER-ISOLATION-STAGE-1 -j RETURN
      -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
      -A DOCKER-ISOLATION-STAGE-2 -j RETURN
      -A DOCKER-USER -j RETURN
      -A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
      -A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
      COMMIT
      """;

  private static Testbed bed;
  private static Others others;

  @BeforeAll
  static void open() {
    bed = Way.testbed();
    others = new Others(bed.node());
    var node = bed.node();
    var container = bed.pod(3);
    node.exec("ip", "link", "add", "docker0", "type", "bridge");
    node.exec("ip", "address", "add", "172.17.0.1/16", "dev", "docker0");
    node.exec("ip", "link", "set", "docker0", "up");
    node.exec(
        "ip",
        "link",
        "add",
        "veth0",
        "type",
        "veth",
        "peer",
        "name",
        "eth1",
        "netns",
        container.name());
    node.exec("ip", "link", "set", "veth0", "master", "docker0", "up");
    container.exec("ip", "address", "add", "172.17.0.2/16", "dev", "eth1");
    container.exec("ip", "link", "set", "eth1", "up");
    container.exec("ip", "rule", "add", "from", "172.17.0.2", "table", "17");
    container.exec("ip", "route", "add", "default", "via", "172.17.0.1", "table", "17");
  }

  @AfterAll
  static void close() {
    if (bed != null) {
      bed.close();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("Services work, and so does the published port of a container")
  void publishedPort(Guest guest) {
    others.restore("iptables-" + guest.othersBackend(), DOCKER);
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(
          endpoint -> {
            Way.all(bed, endpoint, Set.of());
            String answer = Traffic.answer(3, Traffic.client(false));
            assertThat(
                    Traffic.ask(bed.client(), Protocol.TCP, Traffic.node(false), PUBLISHED, answer))
                .isEqualTo(answer);
          });
    }
  }
}
