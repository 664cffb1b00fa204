package io.portolan.agent.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cases of a folder and those below it, in the order of their paths. */
record Suite(List<Entry> entries) {

  /**
   * One file.
   *
   * @param path relative to the folder
   * @param vector null when the file is no case
   * @param fault why it is none; empty when it is one
   */
  record Entry(String path, @Nullable VectorCase vector, String fault) {
    String title() {
      return vector == null ? path : path + ": " + vector.title();
    }
  }

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException when there is no such folder, or no case in it
   */
  static Suite read(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("there is no folder " + folder);
    }
    var entries = new ArrayList<Entry>();
    var paths = new HashMap<String, String>();
    for (Path file : files(folder)) {
      String path = folder.relativize(file).toString();
      Entry entry = entry(path, file);
      String name = file.getFileName().toString();
      String other = paths.putIfAbsent(name, path);
      if (other != null) {
        entry = new Entry(path, null, "name: " + other + " has the same");
      }
      entries.add(entry);
    }
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("no file *.yaml in " + folder);
    }
    return new Suite(List.copyOf(entries));
  }

  private static List<Path> files(Path folder) {
    try (var all = Files.walk(folder)) {
      return all.filter(f -> f.getFileName().toString().endsWith(".yaml"))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder, e);
    }
  }

  private static Entry entry(String path, Path file) {
    try {
      return new Entry(path, CaseReader.read(file), "");
    } catch (BadCase e) {
      return new Entry(path, null, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      return new Entry(path, null, "cannot be read: " + e);
    }
  }
}
