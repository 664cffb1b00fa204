package io.portolan.bench;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is asked for, from words of the form key=value.
 *
 * @param services in the API
 * @param endpoints of each
 * @param rounds of every contestant in every mode
 * @param quick less of everything
 * @param modes in which they run
 * @param only the title of the one contestant that runs; empty: all
 * @param packets whether packets are measured too
 * @param jvm more flags for the agent's JVM
 * @param programs folder of the programs of Kubernetes
 * @param work folder that may be written, for what is needed while it runs
 * @param kept folder of loads that can be used again
 * @param root the agent's image, unpacked and mounted
 * @param image the image's configuration
 * @param results folder for the results
 */
record Options(
    int services,
    int endpoints,
    int rounds,
    boolean quick,
    List<Mode> modes,
    String only,
    boolean packets,
    List<String> jvm,
    Path programs,
    Path work,
    Path kept,
    Path root,
    Path image,
    Path results) {

  private static final Set<String> KEYS =
      Set.of(
          "services",
          "endpoints",
          "rounds",
          "quick",
          "mode",
          "only",
          "packets",
          "jvm",
          "programs",
          "work",
          "root",
          "image",
          "kept",
          "results");

  /**
   * Reads the words.
   *
   * @throws IllegalArgumentException when one is unknown, lacking or out of bounds
   */
  static Options of(String... words) {
    Map<String, String> all = new HashMap<>();
    for (String word : words) {
      int sign = word.indexOf('=');
      if (sign < 1 || !KEYS.contains(word.substring(0, sign))) {
        throw new IllegalArgumentException("unknown word: " + word);
      }
      all.put(word.substring(0, sign), word.substring(sign + 1));
    }
    boolean quick = all.getOrDefault("quick", "").equals("1");
    return new Options(
        number(all, "services", quick ? 1000 : 10_000, 500, 50_000),
        number(all, "endpoints", 5, 1, 20),
        number(all, "rounds", quick ? 1 : 3, 1, 20),
        quick,
        modes(all.getOrDefault("mode", "")),
        only(all.getOrDefault("only", "")),
        !all.getOrDefault("packets", "").equals("0"),
        Stream.of(all.getOrDefault("jvm", "").split(" ", -1))
            .filter(flag -> !flag.isBlank())
            .toList(),
        path(all, "programs"),
        path(all, "work"),
        path(all, "kept"),
        path(all, "root"),
        path(all, "image"),
        path(all, "results"));
  }

  private static List<Mode> modes(String word) {
    return switch (word) {
      case "", "both" -> List.of(Mode.NFTABLES, Mode.IPTABLES);
      case "nftables" -> List.of(Mode.NFTABLES);
      case "iptables" -> List.of(Mode.IPTABLES);
      default -> throw new IllegalArgumentException("MODE is nftables, iptables or both: " + word);
    };
  }

  private static String only(String word) {
    if (!Set.of("", "agent", "kube-proxy").contains(word)) {
      throw new IllegalArgumentException("ONLY is agent or kube-proxy: " + word);
    }
    return word;
  }

  private static int number(
      Map<String, String> all, String key, int otherwise, int least, int most) {
    String word = all.getOrDefault(key, "");
    if (word.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(word);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException("%s is from %d to %d: %s".formatted(key, least, most, word));
  }

  private static Path path(Map<String, String> all, String key) {
    String word = all.get(key);
    if (word == null) {
      throw new IllegalArgumentException(key + " is lacking");
    }
    return Path.of(word);
  }
}
