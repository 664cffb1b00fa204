package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A network namespace of a test, named so that nothing else is ever touched. */
@SuppressWarnings("restricted") // setns(2) has no other way in.
public final class NetworkNamespace implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Set<NetworkNamespace> OPEN_ONES = ConcurrentHashMap.newKeySet();
  private static final int CLONE_NEWNET = 0x40000000;
  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETNS =
      handle("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final String name;

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /** Makes a namespace with its loopback device up. */
  public static NetworkNamespace create(String purpose) {
    var created =
        new NetworkNamespace(
            "portolan-t-"
                + ProcessHandle.current().pid()
                + "-"
                + COUNT.incrementAndGet()
                + "-"
                + purpose);
    OPEN_ONES.add(created);
    run("ip", "netns", "add", created.name);
    created.exec("ip", "link", "set", "lo", "up");
    return created;
  }

  /** Its name for the ip command. */
  public String name() {
    return name;
  }

  /** Runs a command inside; its output. */
  public String exec(String... command) {
    var all = new ArrayList<>(List.of("ip", "netns", "exec", name));
    all.addAll(List.of(command));
    return run(all.toArray(String[]::new));
  }

  /** Does something on a thread inside, and gives back what it gives. */
  public <T extends @Nullable Object> T call(Callable<T> work) {
    var result = new ArrayList<T>();
    var failed = new ArrayList<Throwable>();
    Thread thread =
        start(
            () -> {
              try {
                result.add(work.call());
              } catch (Throwable e) {
                failed.add(e);
              }
            });
    try {
      if (!thread.join(java.time.Duration.ofMinutes(2))) {
        thread.interrupt();
        throw new AssertionError("still not done after 2 minutes in " + name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    if (!failed.isEmpty()) {
      Throwable e = failed.getFirst();
      if (e instanceof RuntimeException known) {
        throw known;
      }
      throw new AssertionError(e.toString(), e);
    }
    return result.getFirst();
  }

  /** Starts a thread inside; sockets that it opens are of this namespace. */
  public Thread start(Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              enter();
              work.run();
            });
  }

  private void enter() {
    try (var arena = Arena.ofConfined()) {
      int fd = (int) OPEN.invokeExact(arena.allocateFrom("/run/netns/" + name), 0);
      int result = (int) SETNS.invokeExact(fd, CLONE_NEWNET);
      int closed = (int) CLOSE.invokeExact(fd);
      if (fd < 0 || result != 0 || closed != 0) {
        throw new AssertionError("cannot enter " + name);
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Does the lines of a batch of the ip command inside. */
  public void ip(List<String> lines) {
    run(String.join("\n", lines) + "\n", new String[] {"ip", "-n", name, "-batch", "-"});
  }

  /** Runs a command to its end; its output. */
  public static String run(String... command) {
    return run("", command);
  }

  private static String run(String input, String[] command) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("no end after a minute: " + String.join(" ", command));
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            String.join(" ", command) + " ended with " + process.exitValue() + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  /** Removes all that this process has made and not closed, when it has to end early. */
  public static void closeAll() {
    for (NetworkNamespace each : OPEN_ONES) {
      try {
        each.close();
      } catch (AssertionError e) {
        // It was not made yet, or is being closed; the others go all the same.
      }
    }
  }

  @Override
  public void close() {
    OPEN_ONES.remove(this);
    run("ip", "netns", "del", name);
  }
}
