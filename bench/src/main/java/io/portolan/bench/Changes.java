package io.portolan.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Changes of one endpoint, each followed from the write to the first packet that meets it. */
final class Changes {
  /**
   * How long one change took, in milliseconds.
   *
   * @param fromWrite since the request was sent
   * @param fromEvent since our own watch was told; not below 0
   */
  record Latency(double fromWrite, double fromEvent) {}

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Stage stage;
  private final int[] versions;
  private final Random random;
  private long changes;

  /**
   * Changes on a stage.
   *
   * @param versions how often each probe has been changed; is counted on
   */
  Changes(Stage stage, int[] versions, Random random) {
    this.stage = stage;
    this.versions = versions;
    this.random = random;
  }

  /**
   * One change after another, with nothing else going on.
   *
   * @param pause between what was seen and the next change
   * @param budget after which no further change begins
   */
  List<Latency> alone(int count, Duration pause, Duration budget) {
    long began = System.nanoTime();
    var all = new ArrayList<Latency>();
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < count && System.nanoTime() - began < budget.toNanos(); n++) {
        all.add(Sentinels.join(change(random.nextInt(stage.probes()), writers)));
        // Not in step with anybody's clock.
        ControlPlane.sleep(pause.toMillis() + random.nextInt(50));
      }
    }
    return all;
  }

  /** What a storm came to: the changes that were followed, and the writes of all. */
  record Storm(List<Latency> latencies, int writes, int failed, double seconds) {}

  /**
   * Changes at a rate, a tenth of which are followed; the others are of Services that are no
   * probes.
   */
  Storm storm(int count, int perSecond) {
    List<Future<Latency>> followed = new ArrayList<>();
    var failed = new AtomicInteger();
    int writes = count * 10;
    long began = System.nanoTime();
    int order = random.nextInt(stage.probes());
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < writes; n++) {
        long due = began + n * 1_000_000_000L / perSecond;
        LockSupport.parkNanos(due - System.nanoTime());
        if (n % 10 == 0) {
          followed.add(change((order + n / 10) % stage.probes(), writers));
        } else {
          int service = other();
          int version = 1 + random.nextInt(1000);
          writers.execute(
              () -> {
                try {
                  stage.load().changeOne(service, version);
                } catch (BenchException e) {
                  failed.incrementAndGet();
                }
              });
        }
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      List<Latency> latencies = followed.stream().map(Sentinels::join).toList();
      return new Storm(latencies, writes, failed.get(), seconds);
    }
  }

  private int other() {
    while (true) {
      int service = random.nextInt(stage.population().size());
      if (!stage.population().isProbe(service)) {
        return service;
      }
    }
  }

  private Future<Latency> change(int probe, ExecutorService writers) {
    int service = stage.population().probe(probe);
    int version = ++versions[probe];
    long change = ++changes;
    long began = System.nanoTime();
    Future<?> write = writers.submit(() -> stage.load().changeProbe(service, version, change));
    return stage
        .testbed()
        .clients()
        .submit(
            () -> {
              int expected = Population.probeEndpoint(service, version);
              while (Prober.ask(Population.address(service)) != expected) {
                stage.running().check();
                if (write.state() == Future.State.FAILED) {
                  Sentinels.join(write);
                }
                if (System.nanoTime() - began > LIMIT.toNanos()) {
                  throw new BenchException(
                      "a change has not arrived after %d s; the log ends with:\n%s"
                          .formatted(LIMIT.toSeconds(), stage.running().lastLines()));
                }
                Prober.pause(began);
              }
              long seen = System.nanoTime();
              Sentinels.join(write);
              return latency(began, told(change), seen);
            });
  }

  /** The watch may be told a moment after the contestant. */
  private long told(long change) {
    long began = System.nanoTime();
    while (System.nanoTime() - began < LIMIT.toNanos()) {
      OptionalLong told = stage.events().seen(change);
      if (told.isPresent()) {
        return told.getAsLong();
      }
      LockSupport.parkNanos(500_000);
    }
    throw new BenchException("our own watch has not told of a change; " + stage.events().lastEnd());
  }

  private static Latency latency(long began, long told, long seen) {
    return new Latency((seen - began) / 1e6, Math.max(0, seen - told) / 1e6);
  }
}
