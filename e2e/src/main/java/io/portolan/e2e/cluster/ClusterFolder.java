package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder that holds every file of a cluster. A mark in it says that it may be deleted.
 *
 * @param path absolute
 */
record ClusterFolder(Path path) {

  static Path mark(Path folder) {
    return folder.resolve(".portolan-cluster");
  }

  /**
   * Makes it anew (a reboot leaves the folder of the cluster that it ended); throws {@link
   * ClusterException} if something of somebody else is in it.
   */
  static ClusterFolder create(Path path) {
    try {
      delete(path);
      Files.createDirectories(path);
      // Keys are in it.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      try (Stream<Path> files = Files.list(path)) {
        if (files.findAny().isPresent()) {
          throw new ClusterException(path + " is not empty and not a cluster's: name another.");
        }
      }
      Files.writeString(mark(path), "");
      return new ClusterFolder(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + path, e);
    }
  }

  /** Deletes it with all that is in it; a folder without the mark is left alone. */
  static void delete(Path path) throws IOException {
    if (!Files.exists(mark(path))) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(path)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      // The mark goes last, so that a removal that was cut off can go on.
      if (!file.equals(path) && !file.equals(mark(path))) {
        Files.deleteIfExists(file);
      }
    }
    Files.delete(mark(path));
    Files.delete(path);
  }

  /** A file in it, whose parents exist. */
  Path file(String first, String... more) {
    Path file = path.resolve(Path.of(first, more));
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder of " + file, e);
    }
    return file;
  }

  /** Writes a file in it. */
  Path write(String text, String first, String... more) {
    Path file = file(first, more);
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
