package io.portolan.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Import of a KubeProxyConfiguration")
class KubeProxyImportTest {
  private static final String HEAD =
      "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

  @ParameterizedTest
  @CsvSource({
    "'', IPTABLES, SAME",
    "'\"\"', IPTABLES, SAME",
    "iptables, IPTABLES, SAME",
    "nftables, NFTABLES, SAME",
    "ipvs, AUTO, CHANGED",
    "userspace, AUTO, CHANGED",
  })
  @DisplayName("each mode has one that takes its place")
  void modes(String mode, Mode expected, Verdict verdict) {
    Imported imported = of("mode: " + mode);
    assertThat(imported.config().getSpec().mode()).isEqualTo(expected);
    assertThat(line(imported, "mode").verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "14, , NO_MEANING", // the default
    "12, 14, CHANGED", // would be the same bit as ours while both run
    "20, , CHANGED",
  })
  @DisplayName("the mark of kube-proxy is never taken over")
  void marks(int bit, Integer expected, Verdict verdict) {
    Imported imported = of("iptables: {masqueradeBit: " + bit + "}");
    var iptables = imported.config().getSpec().iptables();
    assertThat(iptables == null ? null : iptables.masqueradeBit()).isEqualTo(expected);
    assertThat(line(imported, "iptables.masqueradeBit").verdict()).isEqualTo(verdict);
  }

  @Test
  @DisplayName(
      "masqueradeAll is read from the section of the mode in use; ipvs has that of iptables")
  void masqueradeAll() {
    String both = "\niptables: {masqueradeAll: %s}\nnftables: {masqueradeAll: %s}";
    assertThat(of("mode: iptables" + both.formatted(true, false)).yaml())
        .contains("masqueradeAll: true");
    assertThat(of("mode: ipvs" + both.formatted(true, false)).yaml())
        .contains("masqueradeAll: true");
    assertThat(of("mode: nftables" + both.formatted(false, true)).yaml())
        .contains("masqueradeAll: true");
    Imported other = of("mode: nftables" + both.formatted(true, false));
    assertThat(other.yaml()).doesNotContain("masqueradeAll");
    assertThat(line(other, "iptables.masqueradeAll").verdict()).isEqualTo(Verdict.NO_MEANING);
  }

  @ParameterizedTest
  @CsvSource({
    "iptables, 0s, 1s, SAME", // kube-proxy takes 0 for its default
    "iptables, 2s, 2s, SAME",
    "nftables, 0s, 1s, SAME",
    "ipvs, 0s, , SAME",
    "nftables, 1.5s, 1500ms, SAME",
    "nftables, 11m, 10m, CHANGED",
  })
  @DisplayName("minSyncPeriod becomes sync.minInterval, at most 10m")
  void minSyncPeriod(String mode, String period, String expected, Verdict verdict) {
    Imported imported = of("mode: %s\n%s: {minSyncPeriod: %s}".formatted(mode, mode, period));
    var sync = imported.config().getSpec().sync();
    assertThat(sync == null ? null : sync.minInterval()).isEqualTo(expected);
    assertThat(line(imported, mode + ".minSyncPeriod").verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "0s, 30s, SAME",
    "5m0s, , SAME",
    "1h, 1h, SAME",
    "1s, 10s, CHANGED",
    "25h, 24h, CHANGED",
  })
  @DisplayName("syncPeriod becomes sync.auditInterval, from 10s to 24h")
  void syncPeriod(String period, String expected, Verdict verdict) {
    Imported imported = of("iptables: {syncPeriod: " + period + "}");
    assertThat(Objects.requireNonNull(spec(imported).sync()).auditInterval()).isEqualTo(expected);
    assertThat(line(imported, "iptables.syncPeriod").verdict()).isEqualTo(verdict);
  }

  @Test
  @DisplayName(
      "NodePort addresses that are not set are all in mode iptables, the node's own in nftables")
  void nodePortDefaults() {
    assertThat(of("").yaml()).contains("nodePortAddresses: [0.0.0.0/0, \"::/0\"]");
    assertThat(of("mode: ipvs").yaml()).contains("nodePortAddresses: [0.0.0.0/0, \"::/0\"]");
    assertThat(of("mode: nftables").yaml()).doesNotContain("nodePortAddresses");
  }

  @Test
  @DisplayName("the words of nodePortAddresses become ranges, each once")
  void nodePortWords() {
    assertThat(nodePorts("[localhost, 127.0.0.0/8, primary]"))
        .containsExactly("127.0.0.0/8", "::1/128", "primary");
    assertThat(nodePorts("[all]")).containsExactly("0.0.0.0/0", "::/0");
    assertThat(nodePorts("[010.001.0.0/16]")).containsExactly("10.1.0.0/16");
  }

  @Test
  @DisplayName("without clusterCIDR Pods cannot be told, and the report warns")
  void noClusterCidr() {
    Imported imported = of("clusterCIDR: ''");
    assertThat(imported.yaml()).contains("    detectLocal:\n").contains("      mode: None\n");
    assertThat(line(imported, "clusterCIDR").why()).contains("warning");
  }

  @Test
  @DisplayName("each way to detect Pods is kept, and what it does not read has no meaning")
  void detectLocal() {
    assertThat(of("clusterCIDR: 10.0.0.0/8, fd00::/56").yaml())
        .contains("clusterCIDRs: [10.0.0.0/8, \"fd00::/56\"]");
    Imported node = of("detectLocalMode: NodeCIDR\nclusterCIDR: 10.0.0.0/8");
    assertThat(node.yaml()).doesNotContain("detectLocal");
    assertThat(line(node, "clusterCIDR").verdict()).isEqualTo(Verdict.NO_MEANING);
    assertThat(of("detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cni0}").yaml())
        .contains("mode: BridgeInterface")
        .contains("bridgeInterface: cni0");
  }

  @Test
  @DisplayName(
      "conntrack values of 0 leave the kernel alone; those not set are kube-proxy's defaults")
  void conntrack() {
    assertThat(
            of("conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}")
                .yaml())
        .doesNotContain("conntrack");
    var conntrack = Objects.requireNonNull(spec(of("")).conntrack());
    assertThat(conntrack.maxPerCore()).isEqualTo(32768);
    assertThat(conntrack.min()).isEqualTo(131072);
    assertThat(conntrack.tcpEstablishedTimeout()).isEqualTo("24h");
    assertThat(conntrack.tcpCloseWaitTimeout()).isEqualTo("1h");
    assertThat(conntrack.tcpBeLiberal()).isNull();
    assertThat(conntrack.udpTimeout()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "healthzBindAddress, 0.0.0.0, SAME",
    "healthzBindAddress, '\"[::]:10256\"', SAME",
    "healthzBindAddress, 0.0.0.0:20256, CHANGED",
    "healthzBindAddress, 127.0.0.1:10256, CHANGED",
    "metricsBindAddress, 127.0.0.1:10249, NO_MEANING",
    "metricsBindAddress, 0.0.0.0:10249, CHANGED",
    "bindAddress, '\"::\"', NO_MEANING",
    "bindAddress, 192.0.2.1, CHANGED",
  })
  @DisplayName("addresses that others may ask are told as changed, kube-proxy's defaults are not")
  void addresses(String field, String value, Verdict verdict) {
    assertThat(line(of(field + ": " + value), field).verdict()).isEqualTo(verdict);
  }

  @Test
  @DisplayName("an unknown field is told with its line, and what may be meant")
  void unknownFields() {
    Imported imported = of("iptables:\n  masqueradeALL: true\nspeed: high");
    assertThat(imported.report().lossless()).isFalse();
    assertThat(line(imported, "iptables.masqueradeALL").text())
        .startsWith("unknown")
        .contains("kube-proxy reads masqueradeAll, line 4");
    assertThat(line(imported, "speed").verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  @DisplayName("the result takes over from kube-proxy, has the name, and nothing that is null")
  void theResult() {
    Imported imported = KubeProxyImport.of("x", HEAD + "mode: nftables", "edge");
    assertThat(imported.yaml())
        .contains("\n  name: edge\n")
        .endsWith("  takeover:\n    from: kube-proxy\n")
        .doesNotContain("null");
    assertThat(imported.report().lossless()).isTrue();
  }

  @Test
  @DisplayName("JSON is read as well")
  void json() {
    String json =
        "{\"apiVersion\":\"kubeproxy.config.k8s.io/v1alpha1\",\"kind\":\"KubeProxyConfiguration\","
            + "\"mode\":\"nftables\"}";
    assertThat(KubeProxyImport.of("x", json, "default").config().getSpec().mode())
        .isEqualTo(Mode.NFTABLES);
  }

  @Nested
  @DisplayName("refuses, and says where and what to do:")
  class Refuses {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "mode: kernelspace | x, line 3: mode: kernelspace is for Windows nodes",
          "mode: fast | x, line 3: mode: fast is no mode of kube-proxy: write iptables",
          "iptables: {masqueradeBit: 32} | x, line 3: iptables.masqueradeBit: 32 is wrong: write a whole"
              + " number from 0 to 31",
          "iptables: {masqueradeAll: 'true'} | x, line 3: iptables.masqueradeAll: true is wrong: write true"
              + " or false, without quotes",
          "iptables: {syncPeriod: 30} | x, line 3: iptables.syncPeriod: 30 is wrong: write a duration",
          "iptables: {syncPeriod: -1s} | x, line 3: iptables.syncPeriod: -1s is wrong",
          "iptables: [1] | x, line 3: iptables: must be a mapping",
          "clusterCIDR: 10.0.0.0 | x, line 3: clusterCIDR: 10.0.0.0 is not a range in CIDR notation",
          "'clusterCIDR: 10.0.0.0/8,10.1.0.0/16' | one of each IP family",
          "detectLocalMode: Magic | x, line 3: detectLocalMode: Magic is no way to detect Pods",
          "detectLocalMode: BridgeInterface | detectLocal.bridgeInterface: not set is no name",
          "nodePortAddresses: [here] | here is neither a range in CIDR notation",
          "nodePortAddresses: all | nodePortAddresses: must be a list of texts",
          "conntrack: {min: -1} | conntrack.min: -1 is wrong",
          "conntrack: {udpTimeout: soon} | conntrack.udpTimeout: soon is wrong",
        })
    @DisplayName("a value that cannot be right")
    void values(String yaml, String message) {
      String lines = yaml.replace("'true'", "\"true\"");
      assertThatThrownBy(() -> of(lines))
          .isInstanceOf(ImportRefused.class)
          .hasMessageContaining(message);
    }

    @Test
    @DisplayName("all wrong values at once")
    void allAtOnce() {
      assertThatThrownBy(() -> of("mode: fast\nconntrack:\n  min: many"))
          .hasMessageContaining("line 3: mode")
          .hasMessageContaining("line 5: conntrack.min");
    }

    @Test
    @DisplayName("a field that is given twice")
    void twice() {
      assertThatThrownBy(() -> of("mode: nftables\nmode: ipvs"))
          .hasMessageContaining("line 4: mode: is given twice, first in line 3: remove one");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "'' | x is empty: give a KubeProxyConfiguration",
          "'# nothing' | x is empty",
          "'a: [' | x, line 1: no YAML",
          "'kind: KubeProxyConfiguration' | apiVersion: is missing: write",
          "'{apiVersion: v1, kind: Pod}' | x has no KubeProxyConfiguration, but kind Pod",
          "'just words' | but just words",
          "'mode: iptables' | an object without kind (line 1)",
        })
    @DisplayName("a text without one")
    void noConfiguration(String text, String message) {
      assertThatThrownBy(() -> KubeProxyImport.of("x", text, "default"))
          .isInstanceOf(ImportRefused.class)
          .hasMessageContaining(message);
    }

    @Test
    @DisplayName("v1alpha2, which no release reads")
    void otherVersion() {
      assertThatThrownBy(
              () -> KubeProxyImport.of("x", HEAD.replace("v1alpha1", "v1alpha2"), "default"))
          .hasMessageContaining(
              "line 1: apiVersion: kubeproxy.config.k8s.io/v1alpha2 is not known");
    }

    @Test
    @DisplayName("more than one")
    void moreThanOne() {
      assertThatThrownBy(() -> KubeProxyImport.of("x", HEAD + "---\n" + HEAD, "default"))
          .hasMessageContaining("2 configurations of kube-proxy (x; x, document 2)");
    }

    @Test
    @DisplayName("a ConfigMap without one")
    void otherConfigMap() {
      String map =
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns}\ndata: {Corefile: ''}";
      assertThatThrownBy(() -> KubeProxyImport.of("x", map, "default"))
          .hasMessageContaining("a ConfigMap coredns without one in its data");
    }

    @Test
    @DisplayName("a value within a ConfigMap, by the line of its text")
    void withinAConfigMap() {
      String map =
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  config.conf: |\n    "
              + (HEAD + "mode: fast").replace("\n", "\n    ");
      assertThatThrownBy(() -> KubeProxyImport.of("x", map, "default"))
          .hasMessageContaining("ConfigMap p, data.config.conf, line 3: mode");
    }

    @Test
    @DisplayName("YAML that refers to itself ends")
    void endless() {
      assertThat(of("speed: &a [*a]").report().lossless()).isFalse();
      assertThatThrownBy(
              () ->
                  KubeProxyImport.of(
                      "x", "&l {apiVersion: v1, kind: List, items: [*l]}", "default"))
          .isInstanceOf(ImportRefused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "A", "a.b", "a234567890123456789012345678901234567890x"})
    @DisplayName("a name that no ProxyConfig may have")
    void names(String name) {
      assertThatThrownBy(() -> KubeProxyImport.of("x", HEAD, name))
          .hasMessageContaining("is no name of a ProxyConfig");
    }
  }

  private static Imported of(String yaml) {
    return KubeProxyImport.of("x", HEAD + yaml, "default");
  }

  private static ProxyConfigSpec spec(Imported imported) {
    return imported.config().getSpec();
  }

  private static List<String> nodePorts(String list) {
    var traffic = Objects.requireNonNull(spec(of("nodePortAddresses: " + list)).traffic());
    return Objects.requireNonNull(traffic.nodePortAddresses());
  }

  private static FieldReport line(Imported imported, String field) {
    return imported.report().fields().stream()
        .filter(f -> f.field().equals(field))
        .findFirst()
        .orElseThrow();
  }
}
