package io.portolan.agent.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Kernel settings below one folder of {@code /proc/sys}. */
public final class Sysctl {
  private final Path root;

  /**
   * @param root the folder, for example {@code /proc/sys/net}
   */
  public Sysctl(Path root) {
    this.root = root;
  }

  /**
   * Reads a value.
   *
   * @param name below the root, with slashes
   * @return empty when the kernel has no such setting, or none that is a number
   */
  public OptionalLong get(String name) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(root.resolve(name)).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * Sets a value, unless the kernel already has it.
   *
   * @param name below the root, with slashes
   * @throws IOException when the kernel has no such setting or refuses the value
   */
  public void set(String name, long value) throws IOException {
    Path file = root.resolve(name);
    String text = Long.toString(value);
    if (!Files.readString(file).strip().equals(text)) {
      Files.writeString(file, text);
    }
  }
}
