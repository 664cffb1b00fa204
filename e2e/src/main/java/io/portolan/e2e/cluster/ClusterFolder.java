package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

  /** Makes it; throws {@link ClusterException} if something of somebody else is in it. */
  static ClusterFolder create(Path path) {
    try {
      Files.createDirectories(path);
      // Keys are in it.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      try (Stream<Path> files = Files.list(path)) {
        if (files.findAny().isPresent() && !Files.exists(mark(path))) {
          throw new ClusterException(path + " is not empty and not a cluster's: name another.");
        }
      }
      Files.writeString(mark(path), "");
      return new ClusterFolder(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + path, e);
    }
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
