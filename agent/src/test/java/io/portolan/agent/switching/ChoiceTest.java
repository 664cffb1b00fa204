package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.sync.RecordingDataplane;
import io.portolan.agent.sync.RecordingVariant;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private final RecordingVariant nftables = variant(Mode.NFTABLES, "");
  private final RecordingVariant nft = variant(Mode.IPTABLES, "nft");
  private final RecordingVariant legacy = variant(Mode.IPTABLES, "legacy");

  private static RecordingVariant variant(Mode mode, String backend) {
    return new RecordingVariant(mode, backend, RecordingDataplane::new);
  }

  private Chosen choose(
      Mode mode, IptablesBackend backend, @Nullable Variant serving, Map<Variant, String> failed) {
    var wish = new Wish(mode, backend, new DataplaneSettings(1));
    return new Choice(wish, List.of(nftables, nft, legacy), serving, failed).make();
  }

  private Chosen choose(Mode mode, IptablesBackend backend) {
    return choose(mode, backend, null, Map.of());
  }

  @Test
  @DisplayName("what is named is taken, without a reason and without asking the node")
  void named() {
    nftables.unfit("no nf_tables");
    assertThat(choose(Mode.NFTABLES, IptablesBackend.AUTO)).isEqualTo(new Chosen(nftables, ""));
    assertThat(choose(Mode.IPTABLES, IptablesBackend.LEGACY)).isEqualTo(new Chosen(legacy, ""));
    assertThat(choose(Mode.IPTABLES, IptablesBackend.NFT)).isEqualTo(new Chosen(nft, ""));
  }

  @Test
  @DisplayName("of two backends the node's own is taken, unless one of them serves already")
  void backend() {
    legacy.preferredHere();
    assertThat(choose(Mode.IPTABLES, IptablesBackend.AUTO))
        .isEqualTo(new Chosen(legacy, "the node's rules are in legacy"));
    assertThat(choose(Mode.IPTABLES, IptablesBackend.AUTO, nft, Map.of()).variant()).isEqualTo(nft);
    assertThat(choose(Mode.IPTABLES, IptablesBackend.LEGACY, nft, Map.of()).variant())
        .isEqualTo(legacy);
  }

  @Test
  @DisplayName("auto takes nftables, else iptables, and says what nftables lacks")
  void auto() {
    legacy.preferredHere();
    assertThat(choose(Mode.AUTO, IptablesBackend.AUTO).variant()).isEqualTo(nftables);
    assertThat(choose(Mode.AUTO, IptablesBackend.AUTO, legacy, Map.of()).variant())
        .as("also where iptables serves")
        .isEqualTo(nftables);
    nftables.unfit("no nf_tables");
    assertThat(choose(Mode.AUTO, IptablesBackend.AUTO))
        .isEqualTo(new Chosen(legacy, "nftables: no nf_tables; the node's rules are in legacy"));
    legacy.unfit("no ip_tables");
    assertThat(choose(Mode.AUTO, IptablesBackend.AUTO).variant()).isEqualTo(nft);
  }

  @Test
  @DisplayName("auto passes over what has just failed, though the node said that it can do it")
  void failed() {
    Chosen chosen =
        choose(Mode.AUTO, IptablesBackend.AUTO, nft, Map.of(nftables, "2 of 2 probes failed"));
    assertThat(chosen.variant()).isEqualTo(nft);
    assertThat(chosen.reason()).contains("2 of 2 probes failed");
  }

  @Test
  @DisplayName("where nothing can be used, the error says what each one lacks")
  void nothing() {
    nftables.unfit("no nf_tables");
    nft.unfit("no nft");
    legacy.unfit("no ip_tables");
    assertThatThrownBy(() -> choose(Mode.AUTO, IptablesBackend.AUTO))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("nftables: no nf_tables")
        .hasMessageContaining("iptables-nft: no nft")
        .hasMessageContaining("iptables-legacy: no ip_tables");
  }
}
