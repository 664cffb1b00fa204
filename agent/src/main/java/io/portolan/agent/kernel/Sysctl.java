package io.portolan.agent.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Kernel settings below one folder of {@code /proc/sys}; safe for any thread. */
public final class Sysctl {
  private static final int LONGEST = 256;

  /** A setting that somebody needs, and what it was before. */
  private record Held(String before, String now, Set<Object> holders) {}

  private final Path root;
  private final Map<String, Held> held = new HashMap<>();

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
   * Sets a value until the last holder releases it, in this process.
   *
   * @param holder who needs it; may ask again, as when another program has changed it
   * @throws IOException when the kernel has no such setting or refuses the value
   */
  public synchronized void hold(String name, long value, Object holder) throws IOException {
    String before = read(root.resolve(name));
    set(name, value);
    held.computeIfAbsent(name, n -> new Held(before, Long.toString(value), new HashSet<>()))
        .holders()
        .add(holder);
  }

  /** Whether a holder has not released a setting. */
  public synchronized boolean held(String name, Object holder) {
    Held some = held.get(name);
    return some != null && some.holders().contains(holder);
  }

  /**
   * The holder needs it no longer. After the last one the kernel gets back what was there before
   * the first, unless another program has changed it meanwhile.
   *
   * @throws IOException when the kernel refuses it; the holder still counts as one then
   */
  public synchronized void release(String name, Object holder) throws IOException {
    Held some = held.get(name);
    if (some == null || !some.holders().contains(holder)) {
      return;
    }
    if (some.holders().size() == 1) {
      Path file = root.resolve(name);
      if (!some.before().equals(some.now()) && read(file).equals(some.now())) {
        Files.writeString(file, some.before());
      }
      held.remove(name);
    }
    some.holders().remove(holder);
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
