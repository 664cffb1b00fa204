package io.portolan.operator;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The program as a process of its own, as in a cluster. */
final class OperatorProcess implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final int port;

  OperatorProcess(String name, String kubeconfig, Map<String, String> environment) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "operator-process"));
      log = folder.resolve(name + ".log").toAbsolutePath();
      Path config = Files.writeString(folder.resolve(name + ".kubeconfig"), kubeconfig);
      port = freePort();
      var builder =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-XX:TieredStopAtLevel=1",
                      "-XX:+UseSerialGC",
                      "-Xmx256m",
                      "-cp",
                      classPath(),
                      OperatorApplication.class.getName()))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().put("KUBECONFIG", config.toAbsolutePath().toString());
      builder.environment().put("HOSTNAME", name);
      builder.environment().put("PORTOLAN_HTTP_PORT", Integer.toString(port));
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      throw new IllegalStateException("cannot start " + name, e);
    }
  }

  /** Body of a page, or what is wrong. */
  String get(String path) {
    try (var http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .timeout(Duration.ofSeconds(5))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    } catch (IOException e) {
      return "no answer: " + e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  void kill() {
    process.destroyForcibly();
  }

  /** Sends SIGTERM; whether the process ended in time. */
  boolean terminate(Duration time) {
    process.destroy();
    return ended(time);
  }

  boolean ended(Duration time) {
    try {
      return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  int exitCode() {
    return process.exitValue();
  }

  String log() {
    try {
      return Files.readString(log, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    ended(Duration.ofSeconds(10));
  }

  /** Without the tests, which bring a configuration of the log. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !Path.of(entry).endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
