package io.portolan.agent.switching;

import io.portolan.agent.switching.Driven.Way;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The loop in a process of its own, that goes from one mode to another and dies on the way:
 *
 * <pre>CrashMain FROM TO before|after N</pre>
 *
 * It halts before or after the N-th call to any variant that may change the kernel; without such a
 * call it ends with 0 when the other mode serves. What it has reached it says on its standard
 * output.
 */
final class CrashMain {
  /** As a shell tells of SIGKILL. */
  static final int KILLED = 137;

  /** To die before or after one of these is to die before or after the call next to it. */
  private static final Set<String> READS = Set.of("found", "clients", "close");

  private CrashMain() {}

  public static void main(String... args) {
    Way from = Way.valueOf(args[0]);
    Way to = Way.valueOf(args[1]);
    boolean after = args[2].equals("after");
    int last = Integer.parseInt(args[3]);
    var before = new AtomicInteger();
    var done = new AtomicInteger();
    var listener =
        new Calls.Listener() {
          @Override
          public void before(String variant, String call) {
            if (!after && !READS.contains(call) && before.incrementAndGet() == last) {
              die("before " + variant + " " + call);
            }
          }

          @Override
          public void after(String variant, String call) {
            if (after && !READS.contains(call) && done.incrementAndGet() == last) {
              die("after " + variant + " " + call);
            }
          }
        };
    // Not closed: neither is an agent that is killed.
    @SuppressWarnings("resource")
    var loop = new Driven(Tryout.NONE, listener, Duration.ZERO);
    loop.offer(Cluster.changes(0));
    loop.order(from);
    loop.awaitSynced(from);
    say("at the start: " + from.variant());
    loop.order(to);
    loop.awaitSynced(to);
    say("at the end: " + to.variant());
    Runtime.getRuntime().halt(0);
  }

  private static void die(String where) {
    say("dies " + where);
    Runtime.getRuntime().halt(KILLED);
  }

  private static void say(String words) {
    System.out.println(words);
    System.out.flush();
  }
}
