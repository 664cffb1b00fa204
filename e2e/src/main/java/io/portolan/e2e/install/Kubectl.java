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

/** Runs the real kubectl against one cluster. */
public final class Kubectl {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final List<String> program;

  public Kubectl(Cluster cluster) {
    program =
        List.of(
            cluster.options().cache().program("kubectl").toString(),
            "--kubeconfig",
            cluster.kubeconfig().toString());
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
