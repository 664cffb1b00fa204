package io.portolan.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A network namespace under /run/netns, and threads of this JVM inside it (setns(2)). */
@SuppressWarnings("restricted") // setns(2) has no other way in.
record Namespace(String name) {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETNS =
      handle("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  /**
   * Threads of the namespace in which the race was started, whoever makes them: a thread begins in
   * the namespace of the one that starts it, and a virtual thread's carrier may have been started
   * by any.
   */
  static ExecutorService homeThreads() {
    return threads("home", "/proc/1/ns/net");
  }

  /** Makes it, with its loopback device up. */
  static Namespace create(String name) {
    Shell.run("ip", "netns", "add", name);
    Shell.run("ip", "-n", name, "link", "set", "lo", "up");
    return new Namespace(name);
  }

  /** Threads whose sockets are of this namespace; as many as there is work. */
  ExecutorService threads() {
    return threads(name, "/run/netns/" + name);
  }

  private static ExecutorService threads(String name, String path) {
    return Executors.newCachedThreadPool(
        work ->
            Thread.ofPlatform()
                .daemon()
                .name(name)
                .unstarted(
                    () -> {
                      enter(path);
                      work.run();
                    }));
  }

  /** Lines for the ip command, inside. */
  void ip(String lines) {
    Shell.feed(lines, "ip", "-n", name, "-batch", "-");
  }

  void sysctl(String key, int value) {
    Shell.run("nsenter", "--net=/run/netns/" + name, "sysctl", "-qw", key + "=" + value);
  }

  void delete() {
    Shell.run("ip", "netns", "del", name);
  }

  private static void enter(String path) {
    int fd = -1;
    int result = -1;
    try (var arena = Arena.ofConfined()) {
      fd = (int) OPEN.invokeExact(arena.allocateFrom(path), 0);
      result = (int) SETNS.invokeExact(fd, CLONE_NEWNET);
      int closed = (int) CLOSE.invokeExact(fd);
      result |= closed;
    } catch (Throwable e) {
      throw new BenchException("cannot enter " + path, e);
    }
    if (fd < 0 || result != 0) {
      throw new BenchException("cannot enter " + path);
    }
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }
}
