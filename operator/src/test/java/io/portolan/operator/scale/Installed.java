package io.portolan.operator.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a cluster gets the operator, read from the files that say so. */
final class Installed {
  private static final Pattern FLAG = Pattern.compile("<jvmFlag>(.*)</jvmFlag>");
  private static final Pattern VARIABLE = Pattern.compile("<([A-Z_]+)>(.*)</\\1>");
  private static final Pattern LIMIT = Pattern.compile("limits: \\{memory: (\\d+)Mi}");

  private Installed() {}

  /** The flags of the image's JVM. */
  static List<String> jvmFlags() throws IOException {
    return FLAG.matcher(Files.readString(Path.of("pom.xml")))
        .results()
        .map(r -> r.group(1))
        .toList();
  }

  /** The environment of the image. */
  static Map<String, String> environment() throws IOException {
    return VARIABLE
        .matcher(Files.readString(Path.of("pom.xml")))
        .results()
        .collect(Collectors.toMap(r -> r.group(1), r -> r.group(2)));
  }

  /** The memory limit of the Deployment's container, MiB. */
  static int memoryLimit() throws IOException {
    return LIMIT
        .matcher(Files.readString(manifest("30-operator.yaml")))
        .results()
        .map((MatchResult r) -> Integer.parseInt(r.group(1)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no memory limit in 30-operator.yaml"));
  }

  static Path manifest(String name) {
    return Path.of("..", "charts", "manifests", name);
  }
}
