package io.portolan.agent.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The runner of the vectors")
class RunnerTest {
  private static final String CASE =
      """
      name: sample
      title: A sample
      source: written here
      config:
        detectLocal: {mode: ClusterCIDR, clusterCIDRs: [10.0.0.0/8]}
      steps:
        - apply:
            - apiVersion: v1
              kind: Service
              metadata: {namespace: ns1, name: svc1}
              spec:
                type: ClusterIP
                clusterIP: 172.30.0.41
                clusterIPs: [172.30.0.41]
                ports:
                  - {name: http, protocol: TCP, port: 80, targetPort: 80}
                  - {name: none, protocol: TCP, port: 81, targetPort: 81}
            - apiVersion: discovery.k8s.io/v1
              kind: EndpointSlice
              metadata: {namespace: ns1, name: svc1-1, labels: {kubernetes.io/service-name: svc1}}
              addressType: IPv4
              ports:
                - {name: http, protocol: TCP, port: 80}
              endpoints:
                - addresses: [10.180.0.1]
                  nodeName: test-node
          flows:
            - name: pod
              from: 10.180.0.2
              protocol: TCP
              to: 172.30.0.41
              port: 80
              expect: {verdict: DNAT, endpoints: ['10.180.0.1:80'], masquerade: false}
            - name: no-endpoint
              from: 10.180.0.2
              protocol: TCP
              to: 172.30.0.41
              port: 81
              expect: {verdict: REJECT}
            - name: elsewhere
              from: 10.180.0.2
              protocol: TCP
              to: 172.30.0.42
              port: 80
              expect: {verdict: NONE}
      """;

  @TempDir private Path folder;

  private record Run(int code, List<String> lines) {
    String last() {
      return lines.getLast();
    }

    String text() {
      return String.join("\n", lines);
    }
  }

  private Run run(String mode, String level, String... more) throws InterruptedException {
    var bytes = new ByteArrayOutputStream();
    var words = new ArrayList<>(List.of(folder.toString(), mode, level, "--verbose"));
    words.addAll(List.of(more));
    int code = VectorsMain.run(words, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return new Run(code, bytes.toString(StandardCharsets.UTF_8).lines().toList());
  }

  private Run run(String content) throws IOException, InterruptedException {
    Files.writeString(folder.resolve("sample.yaml"), content);
    return run("nftables", "plan");
  }

  private static String changed(String from, String to) {
    assertThat(CASE).contains(from);
    return CASE.replace(from, to);
  }

  @ParameterizedTest(name = "at level {0}")
  @ValueSource(strings = {"plan", "kernel"})
  @DisplayName("passes a case that is right, and counts its expectations")
  void right(String level) throws Exception {
    Files.writeString(folder.resolve("sample.yaml"), CASE);
    Run run = run("nftables", level);
    assertThat(run.last()).as(run.text()).isEqualTo("1 passed, 0 failed");
    assertThat(run.code()).isZero();
    assertThat(run.text()).contains("1 cases run, 3 expectations checked, 0 not run");
  }

  @ParameterizedTest(name = "at level {0}: {2}")
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "plan, `['10.180.0.1:80']`, `['10.180.0.9:80']`, pod",
        "plan, `['10.180.0.1:80']`, `['10.180.0.1:80', '10.180.0.9:80']`, pod",
        "plan, `masquerade: false`, `masquerade: true`, pod",
        "plan, `masquerade: false`, `stickySeconds: 10`, pod",
        "plan, `verdict: REJECT`, `verdict: DROP`, no-endpoint",
        "plan, `verdict: NONE`, `verdict: DROP`, elsewhere",
        "kernel, `['10.180.0.1:80']`, `['10.180.0.9:80']`, pod",
        "kernel, `['10.180.0.1:80']`, `['10.180.0.1:80', '10.180.0.9:80']`, pod",
        "kernel, `masquerade: false`, `masquerade: true`, pod",
        "kernel, `verdict: REJECT`, `verdict: DROP`, no-endpoint",
        "kernel, `verdict: REJECT`, `verdict: NONE`, no-endpoint",
        "kernel, `verdict: NONE`, `verdict: DROP`, elsewhere",
        "kernel, `verdict: NONE`, `verdict: REJECT`, elsewhere",
      })
  @DisplayName("fails a wrong expectation, and names case, step, flow, expected and actual")
  void wrong(String level, String from, String to, String flow) throws Exception {
    Files.writeString(folder.resolve("sample.yaml"), changed(from, to));
    Run run = run("nftables", level);
    assertThat(run.last()).as(run.text()).isEqualTo("0 passed, 1 failed");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.text())
        .contains("FAILED sample.yaml: A sample", "step 1, flow " + flow, "expected:", "actual:");
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`title: A sample`, `title: A sample\nmood: fine`, mood: unknown field",
        "`  detectLocal:`, `  nodeIps: []\n  detectLocal:`, config.nodeIps: unknown field",
        "`mode: ClusterCIDR`, `mode: Stars`, config.detectLocal.mode: unknown value Stars",
        "`name: pod`, `name: pod\n        sort: A`, steps[0].flows[0].sort: unknown field",
        "`name: no-endpoint`, `name: pod`, steps[0].flows[1].name: pod is there twice",
        "`verdict: NONE`, `verdict: LOST`, steps[0].flows[2].expect.verdict: unknown value LOST",
        "`verdict: NONE`, `masquerade: true, verdict: NONE`, steps[0].flows[2].expect.masquerade",
        "`type: ClusterIP`, `typ: ClusterIP`, steps[0].apply[0].spec.typ:",
        "`port: 81, targetPort`, `port: '81', targetPort`, steps[0].apply[0].spec.ports[1].port:",
        "`nodeName: test-node`, `node: test-node`, steps[0].apply[1].endpoints[0].node:",
        "`kind: EndpointSlice`, `kind: Endpoints`, unknown kind discovery.k8s.io/v1 Endpoints",
        "`name: sample`, `name: other`, name: other is not the name of the file",
        "`title: A sample`, `title: A sample\nkind: Story`, kind: unknown value Story",
        "`title: A sample`, `title: A sample\nmodes: [ebpf]`, modes[0]: unknown value ebpf",
        "`title: A sample`, `title: A sample\ntitle: B`, found duplicate key title",
        "`to: 172.30.0.42`, `to: fd00::1`, steps[0].flows[2].to: not of the same family",
        "`source: written here`, ``, source: required",
        "`  - apply:`, `  - delete: [{kind: Service, namespace: a, name: b}]\n    apply:`, there is no Service a/b",
      })
  @DisplayName("fails what it does not know, and names file and field")
  void unknown(String from, String to, String complaint) throws Exception {
    Run run = run(changed(from, to));
    assertThat(run.last()).as(run.text()).isEqualTo("0 passed, 1 failed");
    assertThat(run.text()).contains("FAILED sample.yaml", complaint);
  }

  @Test
  @DisplayName("fails the second of two cases with one name")
  void twice() throws Exception {
    Files.writeString(folder.resolve("sample.yaml"), CASE);
    Files.createDirectory(folder.resolve("sub"));
    Files.writeString(folder.resolve("sub/sample.yaml"), CASE);
    Run run = run("nftables", "plan");
    assertThat(run.last()).isEqualTo("1 passed, 1 failed");
    assertThat(run.text()).contains("FAILED sub/sample.yaml", "name: sample.yaml has the same");
  }

  @Test
  @DisplayName("tells which cases it leaves out, and which flows")
  void leftOut() throws Exception {
    Files.writeString(
        folder.resolve("old.yaml"),
        changed("title: A sample", "title: A sample\napiValid: false")
            .replace("name: sample", "name: old"));
    Files.writeString(
        folder.resolve("other.yaml"),
        changed("title: A sample", "title: A sample\nmodes: [iptables]")
            .replace("name: sample", "name: other"));
    Files.writeString(
        folder.resolve("sample.yaml"), changed("name: pod", "name: pod\n        kernel: skip"));
    Run run = run("nftables", "kernel");
    assertThat(run.last()).as(run.text()).isEqualTo("1 passed, 0 failed");
    assertThat(run.text())
        .contains("   old.yaml: an API server refuses its objects")
        .contains("   other.yaml: only for [iptables]")
        .contains("NOT RUN sample.yaml: step 1, flow pod: it cannot be sent in earnest")
        .contains("2 expectations checked, 1 not run");
  }

  @Test
  @DisplayName("tries a mode with each of its backends, or with the one that is asked for")
  void backends() throws Exception {
    Files.writeString(folder.resolve("sample.yaml"), changed("verdict: REJECT", "verdict: DROP"));
    Run both = run("iptables", "kernel");
    assertThat(both.last()).as(both.text()).isEqualTo("0 passed, 2 failed");
    assertThat(both.lines())
        .contains("iptables (legacy): 0 passed, 1 failed", "iptables (nft): 0 passed, 1 failed");
    Run one = run("iptables", "kernel", "--backend=nft");
    assertThat(one.last()).as(one.text()).isEqualTo("0 passed, 1 failed");
    assertThat(run("iptables", "plan").last()).isEqualTo("0 passed, 1 failed");
    assertThat(run("nftables", "plan", "--backend=nft").last())
        .isEqualTo("vectors: mode nftables has no backend nft");
  }

  @Test
  @DisplayName("does not begin without a folder, a case, a mode and a level that are there")
  void cannotBegin() throws Exception {
    Run empty = run("nftables", "plan");
    assertThat(empty.code()).isEqualTo(2);
    assertThat(empty.last()).contains("no file *.yaml in " + folder);
    Files.writeString(folder.resolve("sample.yaml"), CASE);
    assertThat(run("carrier-pigeon", "plan").last())
        .isEqualTo("vectors: mode carrier-pigeon is not there; there is nftables, iptables");
    assertThat(run("nftables", "stars").last())
        .isEqualTo("vectors: level stars is not there; there is plan, kernel");
    folder = folder.resolve("nowhere");
    assertThat(run("nftables", "plan").last()).contains("there is no folder");
  }
}
