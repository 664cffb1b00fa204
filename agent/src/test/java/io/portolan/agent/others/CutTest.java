package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.others.Cut.Place;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What goes when kube-proxy's rules go")
class CutTest {
  private static final String BEGINNING =
      """
      *nat
      :PREROUTING ACCEPT [0:0]
      :POSTROUTING ACCEPT [0:0]
      """;

  @Test
  @DisplayName("its chains, and the jumps to them; not a rule that only speaks of them")
  void all() {
    var saved =
        SavedRules.parse(
            BEGINNING
                + """
                :DOCKER - [0:0]
                :KUBE-MARK-MASQ - [0:0]
                :KUBE-POSTROUTING - [0:0]
                :KUBE-SERVICES - [0:0]
                :KUBE-SEP-NPX46M4PTMTKRN6Y - [0:0]
                -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
                -A PREROUTING -m comment --comment "not \\" -j KUBE-SERVICES " -j DOCKER
                -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
                -A DOCKER -i docker0 -m comment --comment "-j KUBE-SERVICES" -j RETURN
                -A KUBE-SERVICES -d 10.0.0.1/32 -j KUBE-SEP-NPX46M4PTMTKRN6Y
                COMMIT
                """);
    assertThat(saved.without(saved.cut()))
        .isEqualTo(
            """
            *nat
            -D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
            -D POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
            -F KUBE-MARK-MASQ
            -F KUBE-POSTROUTING
            -F KUBE-SERVICES
            -F KUBE-SEP-NPX46M4PTMTKRN6Y
            -X KUBE-MARK-MASQ
            -X KUBE-POSTROUTING
            -X KUBE-SERVICES
            -X KUBE-SEP-NPX46M4PTMTKRN6Y
            COMMIT
            """);
    assertThat(saved.cut().held()).isEmpty();
  }

  @Test
  @DisplayName("an old kubelet's chains alone are left")
  void oldKubelet() {
    var saved =
        SavedRules.parse(
            BEGINNING
                + """
                :KUBE-MARK-DROP - [0:0]
                :KUBE-MARK-MASQ - [0:0]
                :KUBE-POSTROUTING - [0:0]
                -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
                -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
                COMMIT
                """);
    assertThat(saved.cut().isEmpty()).isTrue();
    assertThat(saved.without(saved.cut())).isEmpty();
  }

  @Test
  @DisplayName("what marks for masquerading stays whole while somebody else's rule needs it")
  void marked() {
    var saved =
        SavedRules.parse(
            BEGINNING
                + """
                :CNI-HOSTPORT-SETMARK - [0:0]
                :KUBE-MARK-MASQ - [0:0]
                :KUBE-POSTROUTING - [0:0]
                :KUBE-SERVICES - [0:0]
                -A PREROUTING -j KUBE-SERVICES
                -A POSTROUTING -j KUBE-POSTROUTING
                -A CNI-HOSTPORT-SETMARK -j KUBE-MARK-MASQ
                COMMIT
                """);
    assertThat(saved.without(saved.cut()))
        .isEqualTo(
            """
            *nat
            -D PREROUTING -j KUBE-SERVICES
            -F KUBE-SERVICES
            -X KUBE-SERVICES
            COMMIT
            """);
    assertThat(saved.cut().held())
        .containsExactlyInAnyOrder(
            new Place("nat", "KUBE-MARK-MASQ"), new Place("nat", "KUBE-POSTROUTING"));
  }

  @Test
  @DisplayName("another chain to which somebody else goes stays, and is emptied")
  void held() {
    var saved =
        SavedRules.parse(
            BEGINNING
                + """
                :KUBE-SERVICES - [0:0]
                :MINE - [0:0]
                -A KUBE-SERVICES -d 10.0.0.1/32 -j RETURN
                -A MINE -g KUBE-SERVICES
                COMMIT
                """);
    assertThat(saved.without(saved.cut()))
        .isEqualTo(
            """
            *nat
            -F KUBE-SERVICES
            COMMIT
            """);
    assertThat(saved.cut().held()).containsExactly(new Place("nat", "KUBE-SERVICES"));
  }
}
