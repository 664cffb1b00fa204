package io.portolan.agent.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Kernel settings below one folder of {@code /proc/sys}. */
public final class Sysctl {
  private static final int LONGEST = 256;

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
      return OptionalLong.of(Long.parseLong(read(root.resolve(name))));
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
    if (!read(file).equals(text)) {
      Files.writeString(file, text);
    }
  }

  /**
   * In one read: the kernel has nothing for a second one ({@code do_proc_dointvec} in {@code
   * kernel/sysctl.c}), and {@link Files#readString} begins with a read of one byte where a file
   * says that it is empty, as all of these do.
   */
  private static String read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var text = new byte[LONGEST];
      int length = in.read(text);
      return new String(text, 0, Math.max(0, length), StandardCharsets.US_ASCII).strip();
    }
  }
}
