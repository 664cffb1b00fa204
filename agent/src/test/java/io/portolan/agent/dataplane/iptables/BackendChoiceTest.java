package io.portolan.agent.dataplane.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.iptables.Commands.MissingProgram;
import io.portolan.agent.kernel.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: which of the two programs")
class BackendChoiceTest {
  private NetworkNamespace node;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("backend");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private BackendChoice choice() {
    return node.call(BackendChoice::here);
  }

  private void iptables(Backend backend, String... words) {
    var command = new ArrayList<>(List.of("iptables-" + backend.word()));
    command.addAll(List.of(words));
    node.exec(command.toArray(String[]::new));
  }

  @Test
  @DisplayName("is nft where there are no rules")
  void empty() {
    assertThat(choice())
        .isEqualTo(new BackendChoice(Backend.NFT, "there are no rules of iptables yet"));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("is the one in which kubelet left its hint, however many rules the other has")
  void hint(Backend backend) {
    Backend other = backend == Backend.NFT ? Backend.LEGACY : Backend.NFT;
    iptables(backend, "-t", "mangle", "-N", "KUBE-IPTABLES-HINT");
    iptables(other, "-A", "INPUT", "-p", "tcp", "-j", "ACCEPT");
    assertThat(choice().backend()).isEqualTo(backend);
    assertThat(choice().reason())
        .isEqualTo("kubelet's KUBE-IPTABLES-HINT is in iptables-" + backend.word());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("is the one with more rules, ours not counted")
  void more(Backend backend) {
    Backend other = backend == Backend.NFT ? Backend.LEGACY : Backend.NFT;
    iptables(backend, "-A", "INPUT", "-p", "tcp", "-j", "ACCEPT");
    iptables(other, "-N", "PORTOLAN-FIREWALL");
    iptables(other, "-A", "INPUT", "-j", "PORTOLAN-FIREWALL");
    iptables(other, "-A", "OUTPUT", "-j", "PORTOLAN-FIREWALL");
    assertThat(choice().backend()).isEqualTo(backend);
    assertThat(choice().reason())
        .contains("iptables-" + backend.word())
        .contains(" 1")
        .contains(" 0");
  }

  @Test
  @DisplayName("is the only one that is installed, and without any the mode says what it lacks")
  void installed() {
    var real = new Processes();
    Commands onlyLegacy =
        (command, input) -> {
          if (command.getFirst().contains("nft")) {
            throw new MissingProgram(command.getFirst());
          }
          return real.run(command, input);
        };
    assertThat(node.call(() -> BackendChoice.of(onlyLegacy)))
        .isEqualTo(new BackendChoice(Backend.LEGACY, "iptables-legacy is the only one here"));
    Commands none =
        (command, input) -> {
          throw new MissingProgram(command.getFirst());
        };
    assertThatThrownBy(() -> BackendChoice.of(none))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("iptables");
  }
}
