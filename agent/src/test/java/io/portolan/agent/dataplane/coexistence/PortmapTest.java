package io.portolan.agent.dataplane.coexistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real CNI plugin portmap gives Pod 3 ports of the node. */
@DisplayName("beside the CNI plugin portmap")
class PortmapTest {
  private static final String PLUGIN = "/usr/lib/cni/portmap";
  private static final int HOST_PORT = 8081;
  private static final int LATER_HOST_PORT = 8082;

  private static Testbed bed;
  private static Others others;
  @TempDir private static Path programs;

  @BeforeAll
  static void open() {
    assertThat(Path.of(PLUGIN)).as("of the package containernetworking-plugins").isExecutable();
    bed = Way.testbed();
    others = new Others(bed.node());
  }

  @AfterEach
  void clear() {
    others.clear();
  }

  @AfterAll
  static void close() {
    if (bed != null) {
      bed.close();
    }
  }

  /** Runs the plugin as a container runtime does; what it calls iptables is the guest's backend. */
  private static void portmap(Guest guest, String command, String container, int hostPort)
      throws IOException {
    Path path = programs.resolve(guest.othersBackend());
    if (!Files.exists(path)) {
      Files.createDirectory(path);
      for (String name : List.of("iptables", "ip6tables")) {
        Files.createSymbolicLink(
            path.resolve(name), Path.of("/usr/sbin/xtables-" + guest.othersBackend() + "-multi"));
      }
    }
    String config =
        """
        {"cniVersion": "0.4.0", "name": "pods", "type": "portmap",
         "capabilities": {"portMappings": true}, "snat": true,
         "runtimeConfig": {"portMappings": [
           {"hostPort": %1$d, "containerPort": %2$d, "protocol": "tcp"},
           {"hostPort": %1$d, "containerPort": %2$d, "protocol": "udp"}]},
         "prevResult": {"cniVersion": "0.4.0",
           "interfaces": [{"name": "eth0", "sandbox": "/run/netns/%3$s"}],
           "ips": [{"version": "4", "address": "%4$s/32", "interface": 0},
                   {"version": "6", "address": "%5$s/128", "interface": 0}]}}
        """
            .formatted(
                hostPort,
                Testbed.PORT,
                bed.pod(3).name(),
                Traffic.pod(3, false),
                Traffic.pod(3, true));
    bed.node()
        .exec(
            "sh",
            "-c",
            ("printf '%%s' \"$0\" | PATH=%s:$PATH CNI_COMMAND=%s CNI_CONTAINERID=%s"
                    + " CNI_NETNS=/run/netns/%s CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni %s")
                .formatted(path, command, container, bed.pod(3).name(), PLUGIN),
            config);
  }

  private static void hostPort(int port) {
    for (boolean v6 : List.of(false, true)) {
      for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
        String seen = Traffic.answer(3, Traffic.client(v6));
        assertThat(Traffic.ask(bed.client(), protocol, Traffic.node(v6), port, seen))
            .as("%s to hostPort %d", protocol, port)
            .isEqualTo(seen);
      }
      assertThat(Traffic.ask(bed.node(), Protocol.TCP, Traffic.node(v6), port, ""))
          .as("the node to its own hostPort")
          .startsWith("pod3 ");
      assertThat(Traffic.ask(bed.pod(3), Protocol.TCP, Traffic.node(v6), port, ""))
          .as("the Pod to its own hostPort")
          .startsWith("pod3 ");
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("hostPorts and NodePorts both work, whichever comes first, and go by themselves")
  void both(Guest guest) throws IOException {
    portmap(guest, "ADD", "first", HOST_PORT);
    try (var stay = new Stay(bed, guest)) {
      stay.serve();
      Way.all(bed, 1, Set.of());
      hostPort(HOST_PORT);

      portmap(guest, "ADD", "second", LATER_HOST_PORT);
      stay.othersChanged();
      stay.change();
      Way.all(bed, 2, Set.of());
      hostPort(HOST_PORT);
      hostPort(LATER_HOST_PORT);
      stay.audits();

      portmap(guest, "DEL", "first", HOST_PORT);
      stay.othersChanged();
      stay.audits();
      hostPort(LATER_HOST_PORT);
      Way.all(bed, 2, Set.of());
      stay.leave();
      hostPort(LATER_HOST_PORT);
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("a NodePort goes before a hostPort of the same number, which is back when we leave")
  void samePort(Guest guest) throws IOException {
    portmap(guest, "ADD", "first", Services.WEB_NODE_PORT);
    try (var stay = new Stay(bed, guest)) {
      stay.serve();
      Way.all(bed, 1, Set.of());
      portmap(guest, "ADD", "second", LATER_HOST_PORT);
      stay.othersChanged();
      Way.all(bed, 1, Set.of());
      stay.change();
      stay.leave();
      hostPort(Services.WEB_NODE_PORT);
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("a NodePort goes before a hostPort of the same number that comes later, too")
  void samePortLater(Guest guest) throws IOException {
    portmap(guest, "ADD", "other", HOST_PORT);
    portmap(guest, "DEL", "other", HOST_PORT);
    try (var stay = new Stay(bed, guest)) {
      stay.serve();
      portmap(guest, "ADD", "first", Services.WEB_NODE_PORT);
      stay.othersChanged();
      Way.all(bed, 1, Set.of());
      stay.leave();
    }
  }
}
