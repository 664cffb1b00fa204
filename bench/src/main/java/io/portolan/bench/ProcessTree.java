package io.portolan.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What /proc tells of a process and everything below it (proc(5)). */
record ProcessTree(long root) {
  /**
   * Of one process.
   *
   * @param ticks of the clock, with those of children that have ended
   * @param pages resident
   * @param stack where it begins: a child has its parent's, and its memory, until it executes a
   *     program
   */
  private record Stat(long parent, long ticks, long pages, long stack) {}

  private static final double TICKS_PER_SECOND = 100;

  /** Processor seconds of all that live, and of the children that have ended. */
  double cpuSeconds() {
    return members().values().stream().mapToLong(Stat::ticks).sum() / TICKS_PER_SECOND;
  }

  /** Resident memory of all, by the kernel's quick count; good enough for a peak. */
  long residentBytes() {
    Map<Long, Long> byMemory = new HashMap<>();
    members().values().forEach(stat -> byMemory.merge(stat.stack(), stat.pages(), Math::max));
    return byMemory.values().stream().mapToLong(pages -> pages).sum() * 4096;
  }

  /** Resident memory of all, exactly. */
  long exactResidentBytes() {
    return members().keySet().stream()
            .mapToLong(pid -> kilobytes(pid, "smaps_rollup", "Rss:"))
            .sum()
        * 1024;
  }

  /** The most that the root process itself has had resident. */
  long rootPeakBytes() {
    return kilobytes(root, "status", "VmHWM:") * 1024;
  }

  private static long kilobytes(long pid, String file, String key) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), file))) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.substring(key.length()).replaceAll("[^0-9]", ""));
        }
      }
      return 0;
    } catch (IOException gone) {
      return 0;
    }
  }

  private Map<Long, Stat> members() {
    Map<Long, Stat> all = all();
    Map<Long, Stat> below = new HashMap<>();
    for (Long pid : all.keySet()) {
      List<Long> way = new ArrayList<>();
      Set<Long> seen = new HashSet<>();
      for (Long at = pid; at != null && all.containsKey(at) && seen.add(at); ) {
        way.add(at);
        if (at == root) {
          way.forEach(each -> below.put(each, all.get(each)));
          break;
        }
        at = all.get(at).parent();
      }
    }
    return below;
  }

  private static Map<Long, Stat> all() {
    Map<Long, Stat> all = new HashMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String stat = Files.readString(process.resolve("stat"));
          // The name before may hold blanks and parentheses; field 3 follows it.
          String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
          long ticks = 0;
          for (int field = 14; field <= 17; field++) {
            ticks += Long.parseLong(fields[field - 3]);
          }
          all.put(
              Long.parseLong(process.getFileName().toString()),
              new Stat(
                  Long.parseLong(fields[1]),
                  ticks,
                  Long.parseLong(fields[24 - 3]),
                  Long.parseLong(fields[28 - 3])));
        } catch (IOException gone) {
          // Ended meanwhile.
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot read /proc", e);
    }
    return all;
  }
}
