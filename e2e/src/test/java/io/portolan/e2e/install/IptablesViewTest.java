package io.portolan.e2e.install;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What iptables-save prints of mode iptables")
class IptablesViewTest {
  private static final IptablesView VIEW =
      new IptablesView(
          """
          *nat
          :PORTOLAN-SERVICES - [0:0]
          -A PREROUTING -j PORTOLAN-SERVICES
          -A PORTOLAN-IP-07-00 -d 10.96.0.7/32 -p tcp -m tcp --dport 80 -m comment --comment "demo/web:http" -j PORTOLAN-CLUSTER-AAAAAAAAAAA
          -A PORTOLAN-CLUSTER-AAAAAAAAAAA -p tcp -m comment --comment "demo/web:http" -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.244.1.2:8080
          -A PORTOLAN-CLUSTER-AAAAAAAAAAA -p tcp -j DNAT --to-destination 10.244.2.2:8080
          -A PORTOLAN-LOCAL-AAAAAAAAAAA -p tcp -m comment --comment "demo/web:http" -j DNAT --to-destination 10.244.1.2:8080
          -A PORTOLAN-CLUSTER-BBBBBBBBBBB -m set --match-set PORTOLAN-4-A-XXXXXXXXXXXXXXXX src -m comment --comment demo/web:https -j SET --add-set PORTOLAN-4-A-XXXXXXXXXXXXXXXX src --exist --timeout 10800
          -A PORTOLAN-CLUSTER-BBBBBBBBBBB -p tcp -m set --match-set PORTOLAN-4-A-XXXXXXXXXXXXXXXX src -j DNAT --to-destination 10.244.3.9:8443
          -A PORTOLAN-CLUSTER-BBBBBBBBBBB -p tcp -j DNAT --to-destination 10.244.3.9:8443
          -A KUBE-SEP-CCCCCCCCCCC -p tcp -j DNAT --to-destination 10.244.9.9:1
          COMMIT
          """);

  @Test
  @DisplayName("tells the endpoints of one Service port, each once")
  void endpointsOfAPort() {
    assertThat(VIEW.endpoints("demo/web:http"))
        .containsExactlyInAnyOrder("10.244.1.2:8080", "10.244.2.2:8080");
    assertThat(VIEW.endpoints("demo/web:https")).containsExactly("10.244.3.9:8443");
    assertThat(VIEW.endpoints("demo/web")).isEmpty();
  }

  @Test
  @DisplayName("tells all addresses of ours, of both families, and none of another proxy")
  void addresses() {
    assertThat(VIEW.addresses())
        .containsExactlyInAnyOrder("10.244.1.2", "10.244.2.2", "10.244.3.9");
    assertThat(
            new IptablesView(
                    "-A PORTOLAN-CLUSTER-AAAAAAAAAAA -p tcp -j DNAT --to-destination [fd00:10:244:1::2]:8080\n")
                .addresses())
        .containsExactly("fd00:10:244:1::2");
  }

  @Test
  @DisplayName("tells whether there is anything of ours")
  void programmed() {
    assertThat(VIEW.programmed()).isTrue();
    assertThat(new IptablesView(":KUBE-SERVICES - [0:0]\n").programmed()).isFalse();
  }
}
