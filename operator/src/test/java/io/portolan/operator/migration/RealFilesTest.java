package io.portolan.operator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.operator.controller.InstalledServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Import of real configurations of kube-proxy")
@ExtendWith(InstalledServer.Extension.class)
class RealFilesTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String NAMES = "io.portolan.operator.migration.RealFiles#names";

  /** Write what is expected instead of comparing: for a change that a person then reads. */
  private static final boolean WRITE = Boolean.getBoolean("portolan.write-expected");

  @ParameterizedTest
  @MethodSource(NAMES)
  @DisplayName("gives the expected ProxyConfig")
  void givesTheProxyConfig(String name) {
    expect(RealFiles.beside(name, ".proxyconfig.yaml"), RealFiles.imported(name).yaml());
  }

  @ParameterizedTest
  @MethodSource(NAMES)
  @DisplayName("tells the expected of each field")
  void tellsOfEachField(String name) {
    expect(RealFiles.beside(name, ".report.txt"), RealFiles.imported(name).report().text());
  }

  @ParameterizedTest
  @MethodSource(NAMES)
  @DisplayName("a real API server accepts the result, as it is written")
  void isAccepted(String name, InstalledServer server) throws IOException {
    JsonNode sent = YAML.readTree(RealFiles.imported(name).yaml());
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.kubeconfig()))
            .build()) {
      String answer =
          client.raw(
              "/apis/portolan.io/v1alpha1/proxyconfigs?dryRun=All&fieldValidation=Strict",
              "POST",
              sent);
      assertThat(YAML.readTree(answer).get("spec")).isEqualTo(sent.get("spec"));
    }
  }

  @Test
  @DisplayName("every field that kube-proxy 1.37.2 prints has one line")
  void everyFieldHasALine() throws IOException {
    JsonNode printed = YAML.readTree(RealFiles.path("defaults-1.37.2").toFile());
    List<String> fields =
        leaves("", printed).filter(f -> !f.equals("apiVersion") && !f.equals("kind")).toList();
    Map<String, Long> lines =
        RealFiles.imported("defaults-1.37.2").report().fields().stream()
            .collect(Collectors.groupingBy(FieldReport::field, Collectors.counting()));
    assertThat(fields).hasSizeGreaterThan(50);
    assertThat(lines.keySet()).containsAll(fields);
    assertThat(lines.values()).allMatch(count -> count == 1);
  }

  @Test
  @DisplayName("a configuration that says nothing has the same lines as one that says all")
  void nothingSaidIsToldToo() {
    assertThat(fields("minimal")).isEqualTo(fields("defaults-1.37.2"));
  }

  private static List<String> fields(String name) {
    return RealFiles.imported(name).report().fields().stream()
        .map(FieldReport::field)
        .sorted()
        .toList();
  }

  private static Stream<String> leaves(String path, JsonNode node) {
    return node.isObject() && !node.isEmpty()
        ? node.properties().stream()
            .flatMap(
                e -> leaves(path.isEmpty() ? e.getKey() : path + "." + e.getKey(), e.getValue()))
        : Stream.of(path);
  }

  private static void expect(Path file, String text) {
    if (WRITE) {
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    assertThat(text).as("content of %s", file.getFileName()).isEqualTo(RealFiles.text(file));
  }
}
