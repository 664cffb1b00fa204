package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.Command;
import io.portolan.e2e.cluster.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the real kubectl against one cluster. */
public final class Kubectl {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Path binary;
  private final Path kubeconfig;
  private final List<String> program;

  public Kubectl(Cluster cluster) {
    binary = cluster.options().cache().program("kubectl").toAbsolutePath();
    kubeconfig = cluster.kubeconfig().toAbsolutePath();
    program = List.of(binary.toString(), "--kubeconfig", kubeconfig.toString());
  }

  /**
   * Runs a script as a person at a shell would, with kubectl on the path; throws with the shell's
   * own words unless every command in it succeeds.
   *
   * @param place the folder that it is run in
   */
  public String shell(String script, Path place, Duration bound) {
    String path = binary.getParent() + ":" + System.getenv("PATH");
    return Command.of("bash", "-euo", "pipefail", "-c", "cd \"$0\"\n" + script, place.toString())
        .with(Map.of("PATH", path, "KUBECONFIG", kubeconfig.toString()))
        .within(bound)
        .output();
  }

  /**
   * Runs a command and returns its standard output; throws with kubectl's own words when it fails.
   */
  public String run(String... arguments) {
    return command(arguments).output();
  }

  /** Runs a command, whatever comes of it, within two minutes. */
  public Output attempt(String... arguments) {
    return command(arguments).run();
  }

  /** Server-side apply of a manifest; throws with kubectl's own words when it is refused. */
  public void apply(String yaml) {
    Output output = attemptApply(yaml);
    if (!output.succeeded()) {
      throw new IllegalStateException("kubectl apply: " + output.errors().strip());
    }
  }

  /** Server-side apply of a manifest, whatever comes of it. */
  public Output attemptApply(String yaml) {
    try {
      Path file = Files.createTempFile("portolan-", ".yaml");
      try {
        Files.writeString(file, yaml);
        return attempt("apply", "--server-side", "-f", file.toString());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Command command(String... arguments) {
    var line = new ArrayList<>(program);
    line.addAll(List.of(arguments));
    return Command.of(line).within(LIMIT);
  }
}
