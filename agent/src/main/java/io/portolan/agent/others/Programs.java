package io.portolan.agent.others;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The programs that matter among the processes that {@code /proc} shows: all of the node's in a Pod
 * with {@code hostPID}, else only our own, and nothing is found.
 */
final class Programs {
  private static final Path PROC = Path.of("/proc");

  private Programs() {}

  /** Process ids by names, of those in the network namespace of the calling thread. */
  static Map<String, Long> here() {
    var found = new HashMap<String, Long>();
    try (var processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      String own = Files.readSymbolicLink(PROC.resolve("thread-self/ns/net")).toString();
      for (Path process : processes) {
        String name = name(process);
        if (Judgement.PROGRAMS.contains(name) && own.equals(namespace(process))) {
          found.put(name, Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // What cannot be read is not seen; rules and ports tell as well.
    }
    return found;
  }

  private static String name(Path process) {
    try (var in = Files.newInputStream(process.resolve("comm"))) {
      return new String(in.readNBytes(64), java.nio.charset.StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return ""; // It has ended.
    }
  }

  private static String namespace(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/net")).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
