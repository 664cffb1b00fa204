package io.portolan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** The machine and the run, for whoever compares figures. */
final class Facts {
  private Facts() {}

  static Map<String, String> of(Options options) {
    var facts = new LinkedHashMap<String, String>();
    facts.put(
        "date",
        DateTimeFormatter.ISO_INSTANT.format(
            ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS)));
    facts.put("kernel", System.getProperty("os.version") + " " + System.getProperty("os.arch"));
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", line("/proc/meminfo", "MemTotal:"));
    facts.put("processor", line("/proc/cpuinfo", "model name"));
    facts.put("load at the start", line("/proc/loadavg", ""));
    facts.put(
        "kube-proxy",
        Shell.run(options.programs().resolve("kube-proxy").toString(), "--version").strip());
    facts.put("nft", Shell.run("nft", "--version").strip());
    facts.put("iptables", Shell.run("iptables-legacy", "--version").strip());
    facts.put(
        "agent's JVM", line(options.root().resolve("opt/java/release").toString(), "JAVA_VERSION"));
    facts.put(
        "size", "%,d Services x %d endpoints".formatted(options.services(), options.endpoints()));
    facts.put("rounds", Integer.toString(options.rounds()));
    return facts;
  }

  private static String line(String file, String key) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).replaceAll("^[\\s:=]+", "").strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
