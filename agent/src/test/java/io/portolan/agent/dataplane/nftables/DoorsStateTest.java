package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.plan;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static io.portolan.agent.dataplane.nftables.Plans.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("nftables: doors in the kernel")
class DoorsStateTest {
  private static final Audit CLEAN = new Audit(0, 0, 0);

  /** What was sent, batch by batch. */
  private final List<List<String>> batches = new ArrayList<>();

  private NetworkNamespace node;
  private NftablesDataplane dataplane;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("doors");
    dataplane =
        node.call(
            () -> new NftablesDataplane(NetlinkSocket.open(NetlinkSocket.NETFILTER), this::note));
  }

  @AfterEach
  void close() {
    dataplane.close();
    node.close();
  }

  @ParameterizedTest
  @EnumSource(Doors.class)
  @DisplayName("another process finds them as they were set, and a second look changes nothing")
  void found(Doors doors) {
    assertThat(dataplane.found()).isEmpty();
    dataplane.replace(service("10.96.0.10"), doors);
    batches.clear();
    try (var other = node.call(NftablesDataplane::open)) {
      assertThat(other.found()).contains(doors);
      assertThat(other.replace(service("10.96.0.10"), doors)).isEqualTo(CLEAN);
    }
    for (Doors next : Doors.values()) {
      dataplane.doors(next);
      assertThat(dataplane.found()).contains(next);
      assertThat(dataplane.replace(service("10.96.0.10"), next)).isEqualTo(CLEAN);
      dataplane.doors(doors);
    }
    dataplane.remove();
    assertThat(dataplane.found()).isEmpty();
  }

  @Test
  @DisplayName("the widest doors of families and hooks count")
  void widest() {
    dataplane.replace(service("10.96.0.10"), Doors.CLOSED);
    nft("add rule ip6 portolan output jump services");
    assertThat(dataplane.found()).contains(Doors.OPEN);
    nft("flush chain ip6 portolan output");
    nft("delete table ip portolan");
    assertThat(dataplane.found()).contains(Doors.CLOSED);
    nft("add rule ip6 portolan postrouting masquerade");
    assertThat(dataplane.found()).as("not a rule of ours").contains(Doors.CLOSED);
  }

  @Test
  @DisplayName("a table of an older layout that has a jump serves; asleep, it serves nobody")
  void olderLayout() {
    older();
    assertThat(dataplane.found()).contains(Doors.OPEN);
    nft("add table ip portolan { flags dormant; }");
    assertThat(dataplane.found()).contains(Doors.CLOSED);
  }

  @Test
  @DisplayName("a table of an older layout is built anew behind open doors in one transaction")
  void rebuilt() {
    older();
    dataplane.replace(service("10.96.0.10"), Doors.OPEN);
    assertThat(batches.getFirst())
        .contains(
            "delete table ip portolan",
            "add a rule to chain prerouting of table ip portolan",
            "add a rule to chain postrouting of table ip portolan");
    assertThat(nft("list chain ip portolan prerouting")).contains("priority dstnat - 1");
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("an exit opens before its entrance, and closes after it")
  void order() {
    dataplane.replace(service("10.96.0.10"), Doors.CLOSED);
    batches.clear();
    dataplane.doors(Doors.OPEN);
    assertThat(chains()).containsExactly(List.of("postrouting"), List.of("output", "prerouting"));
    batches.clear();
    dataplane.doors(Doors.NO_PROBES);
    dataplane.doors(Doors.NO_PROBES);
    assertThat(chains()).containsExactly(List.of("output", "prerouting"));
    batches.clear();
    dataplane.doors(Doors.CLOSED);
    assertThat(chains()).containsExactly(List.of("output", "prerouting"), List.of("postrouting"));
  }

  @Test
  @DisplayName("a new plan is there before wider doors open, and entrances close before exits")
  void planFirst() {
    dataplane.replace(service("10.96.0.10"), Doors.CLOSED);
    batches.clear();
    dataplane.replace(service("10.96.0.20"), Doors.OPEN);
    assertThat(batches).hasSize(2);
    assertThat(batches.getFirst())
        .contains("add element 10.96.0.20 . tcp . 80 to services of table ip portolan");
    assertThat(chains()).containsExactly(List.of("postrouting"), List.of("output", "prerouting"));
    batches.clear();
    dataplane.replace(service("10.96.0.10"), Doors.CLOSED);
    assertThat(chains()).containsExactly(List.of("output", "prerouting"), List.of("postrouting"));
    dataplane.remove();
    batches.clear();
    dataplane.replace(service("10.96.0.10"), Doors.OPEN);
    assertThat(chains()).containsExactly(List.of("postrouting"), List.of("output", "prerouting"));
  }

  @Test
  @DisplayName("doors count in what differed")
  void audited() {
    dataplane.replace(service("10.96.0.10"), Doors.CLOSED);
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.PROBES).missing())
        .as("both entrances of both families, and their exits")
        .isGreaterThanOrEqualTo(4);
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.NO_PROBES))
        .isEqualTo(new Audit(8, 4, 0));
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.OPEN)).isEqualTo(new Audit(0, 4, 0));
    nft("add chain ip portolan mine");
    nft("add rule ip portolan prerouting jump mine");
    nft("flush chain ip6 portolan output");
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.OPEN)).isEqualTo(new Audit(1, 0, 2));
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("doors that the kernel refuses stay as they were, and can be set later")
  void refused() {
    assertThatThrownBy(() -> dataplane.doors(Doors.OPEN)).isInstanceOf(IllegalStateException.class);
    dataplane.replace(service("10.96.0.10"), Doors.CLOSED);
    nft("delete chain ip6 portolan output");
    assertThatThrownBy(() -> dataplane.doors(Doors.OPEN))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("chain output of table ip6 portolan")
        .hasMessageContaining("ENOENT");
    assertThat(dataplane.found()).contains(Doors.CLOSED);
    nft("add chain ip6 portolan output { type nat hook output priority -101; }");
    dataplane.doors(Doors.OPEN);
    assertThat(dataplane.replace(service("10.96.0.10"), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("loopback addresses are no place for NodePorts")
  void loopback() {
    var all =
        List.of("127.0.0.1", "127.8.0.1", "192.168.50.1", "::1", "fd50::1").stream()
            .map(Ip::parse)
            .toList();
    var facts = Samples.facts(all, Plans.POD_RANGES, false);
    dataplane.replace(plan(facts), Doors.OPEN);
    assertThat(nft("list set ip portolan node-addresses")).contains("{ 192.168.50.1 }");
    assertThat(nft("list set ip6 portolan node-addresses")).contains("{ fd50::1 }");
    assertThat(dataplane.replace(plan(facts), Doors.OPEN)).isEqualTo(CLEAN);
  }

  private void older() {
    nft("add table ip portolan { comment \"Services of Kubernetes; layout 2\"; }");
    nft("add chain ip portolan services");
    nft("add chain ip portolan prerouting { type nat hook prerouting priority dstnat; }");
    assertThat(dataplane.found()).contains(Doors.CLOSED);
    nft("add rule ip portolan prerouting jump services");
  }

  /** The chains that each batch gave rules to, or took them from. */
  private List<List<String>> chains() {
    var chains = new ArrayList<List<String>>();
    for (List<String> batch : batches) {
      chains.add(
          List.of("output", "postrouting", "prerouting").stream()
              .filter(
                  c ->
                      batch.stream()
                          .anyMatch(
                              m -> m.contains("y chain " + c) || m.contains("rule to chain " + c)))
              .toList());
    }
    return chains;
  }

  private void note(NetlinkBuffer batch) {
    var messages = new ArrayList<String>();
    for (int i = 1; i < batch.count() - 1; i++) {
      messages.add(Messages.describe(batch, i, -1));
    }
    batches.add(messages);
  }

  private static Plan service(String clusterIp) {
    return plan(
        NODE, port(key("web", Protocol.TCP, false), clusterIp, 30080, 0, pods(false, 1, 2)));
  }

  private String nft(String command) {
    return node.exec("nft", command);
  }
}
