package io.portolan.operator.scale;

import io.portolan.operator.OperatorApplication;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The operator as a process of its own, with the flags of its image and a heap as in the memory
 * limit of its Deployment; and what the kernel and its own metrics say of it.
 */
final class OperatorUnderTest implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Program program;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  private OperatorUnderTest(Program program, int port) {
    this.program = program;
    this.port = port;
  }

  /** Starts one, and waits until it leads. */
  static OperatorUnderTest start(String kubeconfig, Path folder) throws IOException {
    int port = ControlPlane.freePort();
    Path config = Files.writeString(folder.resolve("operator.kubeconfig"), kubeconfig);
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Installed.jvmFlags());
    command.add("-XX:MaxRAM=" + Installed.memoryLimit() + "m");
    command.addAll(List.of("-cp", classPath(), OperatorApplication.class.getName()));
    var environment = new HashMap<>(Installed.environment());
    environment.put("KUBECONFIG", config.toString());
    environment.put("HOSTNAME", "operator");
    environment.put("PORTOLAN_HTTP_PORT", Integer.toString(port));
    environment.put("PORTOLAN_APISERVER_HOST", "192.0.2.1");
    var operator =
        new OperatorUnderTest(Program.start("operator", command, environment, folder), port);
    try {
      Waiting.until(
          "the operator runs",
          PATIENCE,
          () -> {
            operator.program.mustRun();
            return operator.get("/actuator/health/readiness").contains("UP");
          });
    } catch (IllegalStateException e) {
      operator.close();
      throw new IllegalStateException(operator.program.lastWords(), e);
    }
    return operator;
  }

  void mustRun() {
    program.mustRun();
  }

  String lastWords() {
    return program.lastWords();
  }

  /** Resident memory, MiB. */
  int memory() {
    return status("VmRSS:");
  }

  /** The most resident memory since {@link #forgetPeak}, MiB. */
  int peak() {
    return status("VmHWM:");
  }

  /** Heap that is in use, MiB; garbage included. */
  int heap() {
    return (int) (metric("jvm_memory_used_bytes{area=\"heap\"") / (1 << 20));
  }

  void forgetPeak() {
    try {
      Files.writeString(Path.of("/proc", Long.toString(program.pid()), "clear_refs"), "5");
    } catch (IOException e) {
      throw new IllegalStateException("cannot reset the peak", e);
    }
  }

  /** Processor time since its start. */
  Duration processorTime() {
    return ProcessHandle.of(program.pid())
        .flatMap(p -> p.info().totalCpuDuration())
        .orElse(Duration.ZERO);
  }

  /** Passes of the reconciler since its start. */
  long passes() {
    return (long) metric("operator_sdk_controllers_execution_reconcile_seconds_count");
  }

  /** Time in them, seconds. */
  double passTime() {
    return metric("operator_sdk_controllers_execution_reconcile_seconds_sum");
  }

  /** The longest of them in the last minutes, seconds. */
  double longestPass() {
    return metric("operator_sdk_controllers_execution_reconcile_seconds_max");
  }

  private double metric(String prefix) {
    return get("/actuator/prometheus")
        .lines()
        .filter(line -> line.startsWith(prefix))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private int status(String field) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(program.pid()), "status")).stream()
          .filter(line -> line.startsWith(field))
          .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new IllegalStateException("the operator's memory cannot be read", e);
    }
  }

  private String get(String path) {
    try {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    program.close();
    http.close();
  }

  /** Without the tests, which bring a configuration of the log. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !Path.of(entry).endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
