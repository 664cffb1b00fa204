package io.portolan.agent.dataplane.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.api.v1alpha1.Mode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("nftables: whether a node can do it")
class NftablesVariantTest {
  private final NftablesVariant variant = new NftablesVariant();
  private NetworkNamespace node;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("fitness");
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  @DisplayName("this kernel can, and nothing was changed for the answer, not for a moment")
  void fits() {
    assertThat(variant.mode()).isEqualTo(Mode.NFTABLES);
    assertThat(variant.name()).isEqualTo("nftables");
    int before = generation();
    Fitness fitness = node.call(variant::fitness);
    assertThat(fitness.words()).startsWith("kernel " + System.getProperty("os.version"));
    assertThat(fitness.fits()).as(fitness.words()).isTrue();
    assertThat(generation()).isEqualTo(before);
    assertThat(node.exec("nft", "list", "ruleset")).isEmpty();
  }

  @Test
  @DisplayName("what the kernel refuses is named with its reason, and the rest leaves no trace")
  void refused() {
    node.exec("nft", "add table ip6 portolan-rehearsal");
    node.exec(
        "nft", "add chain ip6 portolan-rehearsal output { type filter hook output priority 0; }");
    String before = node.exec("nft", "list", "ruleset");
    int generation = generation();
    Fitness fitness = node.call(variant::fitness);
    assertThat(fitness.fits()).isFalse();
    assertThat(fitness.words())
        .contains("nf_tables refuses to create chain output of table ip6 portolan: E");
    assertThat(node.exec("nft", "list", "ruleset")).isEqualTo(before);
    assertThat(generation()).isEqualTo(generation);
  }

  @Test
  @DisplayName("without CAP_NET_ADMIN it says that this is lacking")
  void noRights() {
    String words =
        node.exec(
            "setpriv",
            "--inh-caps=-net_admin",
            "--bounding-set=-net_admin",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Asked.class.getName());
    assertThat(words)
        .contains("false kernel " + System.getProperty("os.version"))
        .contains("lacks CAP_NET_ADMIN: EPERM (Operation not permitted)");
  }

  /** Asks in a process of its own. */
  static final class Asked {
    private Asked() {}

    public static void main(String[] args) {
      Fitness fitness = new NftablesVariant().fitness();
      System.out.println(fitness.fits() + " " + fitness.words());
    }
  }

  private int generation() {
    return node.call(
        () -> {
          try (var socket = NetlinkSocket.open(NetlinkSocket.NETFILTER);
              var buffer = new NetlinkBuffer()) {
            return new KernelReader(socket, buffer).generation();
          }
        });
  }
}
