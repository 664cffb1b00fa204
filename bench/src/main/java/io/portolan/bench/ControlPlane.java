package io.portolan.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * etcd and the API server, and what etcd holds under a name: a race begins from the same objects
 * each time, without writing them again. Everybody may do everything; the token is not a secret.
 */
final class ControlPlane implements AutoCloseable {
  static final String TOKEN = "bench";
  static final int PORT = 6443;

  static final String ETCD = "http://127.0.0.1:2379";

  private final Path programs;
  private final Path folder;
  private final Path kept;
  private final Api api;
  private final List<Process> running = new ArrayList<>();

  /**
   * A control plane that does not run yet.
   *
   * @param kept folder of what is kept, by earlier runs too
   */
  ControlPlane(Path programs, Path folder, Path kept, Api api) {
    this.programs = programs;
    this.folder = folder;
    this.kept = kept;
    this.api = api;
  }

  /** Makes the keys that all starts share, and starts with nothing. */
  void first() {
    Shell.run("ip", "link", "set", "lo", "up");
    Shell.run("ip", "address", "add", Testbed.API + "/32", "dev", "lo");
    Shell.run(
        "openssl",
        "ecparam",
        "-name",
        "prime256v1",
        "-genkey",
        "-noout",
        "-out",
        at("accounts.key"));
    try {
      Files.writeString(folder.resolve("tokens"), TOKEN + ",bench,1,system:masters\n");
    } catch (IOException e) {
      throw new BenchException("cannot write the tokens", e);
    }
    start();
  }

  /** The certificate by which the API server is known, once it has started. */
  Path certificate() {
    return folder.resolve("certificates/apiserver.crt");
  }

  /** Keeps what etcd holds now under a name. */
  void keep(String name) {
    close();
    Shell.run("mkdir", "-p", kept.toString());
    String part = kept.resolve(name + ".part").toString();
    Shell.run("rm", "-rf", part);
    Shell.run("cp", "-a", "--reflink=auto", at("etcd"), part);
    // Complete or not there at all.
    Shell.run("mv", "-T", part, kept.resolve(name).toString());
    start();
  }

  boolean hasKept(String name) {
    return Files.isDirectory(kept.resolve(name));
  }

  /** Starts again with what was kept under a name. */
  void reset(String name) {
    close();
    Shell.run("rm", "-rf", at("etcd"));
    Shell.run("cp", "-a", "--reflink=auto", kept.resolve(name).toString(), at("etcd"));
    start();
  }

  private void start() {
    run(
        "etcd",
        "--data-dir=" + at("etcd"),
        "--unsafe-no-fsync",
        "--quota-backend-bytes=8589934592",
        "--log-level=error");
    run(
        "kube-apiserver",
        "--etcd-servers=" + ETCD,
        "--cert-dir=" + at("certificates"),
        "--advertise-address=" + Testbed.API,
        "--secure-port=" + PORT,
        "--service-cluster-ip-range=" + Population.SERVICES,
        "--authorization-mode=AlwaysAllow",
        "--token-auth-file=" + at("tokens"),
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + at("accounts.key"),
        "--service-account-signing-key-file=" + at("accounts.key"),
        "--max-requests-inflight=3000",
        "--max-mutating-requests-inflight=1000",
        "--profiling=false");
    long began = System.nanoTime();
    while (!api.ready()) {
      for (Process each : running) {
        if (!each.isAlive()) {
          throw new BenchException("the control plane ended at its start; its logs: " + folder);
        }
      }
      if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(90)) {
        throw new BenchException("the API server is not ready after 90 s; its logs: " + folder);
      }
      sleep(100);
    }
  }

  private void run(String program, String... arguments) {
    var line = new ArrayList<>(List.of(programs.resolve(program).toString()));
    line.addAll(List.of(arguments));
    File log = folder.resolve(program + ".log").toFile();
    try {
      running.add(
          new ProcessBuilder(line)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
              .start());
    } catch (IOException e) {
      throw new BenchException("cannot start " + program, e);
    }
  }

  /** The API server first, which needs etcd to end well. */
  @Override
  public void close() {
    for (Process each : running.reversed()) {
      each.destroy();
      try {
        if (!each.waitFor(5, TimeUnit.SECONDS)) {
          each.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        each.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
    running.clear();
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
