package io.portolan.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.operator.controller.InstalledServer;
import io.portolan.operator.migration.RealFiles;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(240)
@DisplayName("The command import-kube-proxy as a program")
class ImportCommandTest {
  private static final int PATIENCE_S = 60;

  @TempDir private Path folder;

  @Test
  @DisplayName(
      "a file that changes nothing: YAML on standard output, report on standard error, code 0")
  void file() {
    Ended ended = run(null, "--file", RealFiles.path("kubeadm-1.37").toString());
    assertThat(ended.exit).isZero();
    assertThat(ended.out)
        .isEqualTo(RealFiles.text(RealFiles.beside("kubeadm-1.37", ".proxyconfig.yaml")));
    assertThat(ended.err)
        .isEqualTo(RealFiles.text(RealFiles.beside("kubeadm-1.37", ".report.txt")));
  }

  @Test
  @DisplayName("standard input that changes something: the report in a file, code 3")
  void standardInput() {
    Path report = folder.resolve("report.txt");
    Ended ended =
        run(RealFiles.path("rke2-ipvs-1.37.2"), "-", "--name=edge", "--report", report.toString());
    assertThat(ended.exit).isEqualTo(3);
    assertThat(ended.out).contains("name: edge\n").contains("mode: auto\n");
    assertThat(ended.err).isEmpty();
    assertThat(report).content().contains("changed     mode: ipvs -> spec.mode: auto");
  }

  @Test
  @DisplayName(
      "bad input: nothing on standard output, the field and its line on standard error, code 2")
  void badInput() throws IOException {
    Path bad =
        Files.writeString(
            folder.resolve("bad.conf"),
            RealFiles.text(RealFiles.path("minimal")) + "iptables:\n  syncPeriod: 30\n");
    Ended ended = run(null, "--file", bad.toString());
    assertThat(ended.exit).isEqualTo(2);
    assertThat(ended.out).isEmpty();
    assertThat(ended.err)
        .startsWith("error: ")
        .contains("line 4: iptables.syncPeriod: 30 is wrong");
  }

  @Test
  @DisplayName("bad arguments and files that are not there: code 2 and how it is used")
  void badArguments() {
    Ended none = run(null);
    assertThat(none.exit).isEqualTo(2);
    assertThat(none.err).contains("give one of --file").contains("usage:");
    Ended absent = run(null, "--file", folder.resolve("absent").toString());
    assertThat(absent.exit).isEqualTo(2);
    assertThat(absent.err).contains("no such file");
  }

  @Test
  @DisplayName("the ConfigMap of a cluster is read by its name; standard output has the YAML alone")
  void fromCluster(InstalledServer server) throws IOException {
    Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), server.kubeconfig());
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.kubeconfig()))
            .build()) {
      Ended absent = runIn(kubeconfig, null, "--from-cluster");
      assertThat(absent.exit).isEqualTo(2);
      assertThat(absent.err)
          .startsWith("error: the cluster has no ConfigMap kube-system/kube-proxy");
      ConfigMap map = client.configMaps().load(RealFiles.path("kubeadm-1.31").toFile()).item();
      map.getMetadata().setResourceVersion(null);
      map.getMetadata().setUid(null);
      client.resource(map).create();
      try {
        Ended ended = runIn(kubeconfig, null, "--from-cluster");
        assertThat(ended.err)
            .startsWith("kube-proxy's configuration: ConfigMap kube-system/kube-proxy");
        assertThat(ended.exit).isZero();
        assertThat(ended.out)
            .isEqualTo(RealFiles.text(RealFiles.beside("kubeadm-1.31", ".proxyconfig.yaml")));
      } finally {
        client.resource(map).delete();
      }
    }
  }

  private Ended run(@Nullable Path input, String... args) {
    return runIn(folder.resolve("no-kubeconfig"), input, args);
  }

  private Ended runIn(Path kubeconfig, @Nullable Path input, String... args) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                classPath(),
                OperatorApplication.class.getName(),
                ImportCommand.NAME));
    command.addAll(List.of(args));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    try {
      var builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.redirectInput(input == null ? new File("/dev/null") : input.toFile());
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      Process process = builder.start();
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("waited %d s for %s".formatted(PATIENCE_S, List.of(args)));
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } catch (IOException e) {
      throw new IllegalStateException("cannot run the command", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Without the tests, which bring a configuration of the log. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !Path.of(entry).endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private record Ended(int exit, String out, String err) {}
}
