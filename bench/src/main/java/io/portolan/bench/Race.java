package io.portolan.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;

/** One contestant in one mode, once: from a fresh namespace to the deletion of all Services. */
final class Race {
  private static final Duration START_LIMIT = Duration.ofMinutes(5);
  private static final int SENTINELS = 64;
  private static final int STORM_RATE = 100;

  private static final String WARM = "start to first complete sync, warm";

  /** A warm start that takes longer is measured in one round only. */
  private static final double ONCE_MS = 60_000;

  private final Progress progress;
  private final Options options;
  private final ControlPlane control;
  private final Api api;
  private final Population population;
  private final Load load;

  Race(Progress progress, Options options, ControlPlane control, Api api, Population population) {
    this.progress = progress;
    this.options = options;
    this.control = control;
    this.api = api;
    this.population = population;
    this.load = new Load(api, population);
  }

  /**
   * Runs it and writes what was measured into the sheet.
   *
   * @param round from 0
   */
  void run(Contestant contestant, Mode mode, int round, Sheet sheet) {
    String who = contestant.title();
    control.reset("full");
    contestant.prepare(api, mode);
    // The same for both contestants of a round.
    var random = new Random(round);
    int[] versions = new int[population.probes()];
    var note = new Note(sheet, who);
    try (var testbed = new Testbed();
        var events = new Events(api)) {
      try (Running running = contestant.start(mode)) {
        coldStart(contestant, running, testbed, note, round, mode);
        var stage = new Stage(load, population, population.probes(), testbed, running, events);
        var changes = new Changes(stage, versions, random);
        changes(contestant, running, changes, note);
        storm(running, changes, note);
        burst(running, testbed, versions, note);
        big(running, testbed, note);
        note.add(
            "resident memory at the end", "MB", megabytes(running.tree().exactResidentBytes()));
        note.add("peak memory of the process tree", "MB", megabytes(running.peakBytes()));
      }
      warmStart(contestant, mode, testbed, versions, note);
    }
  }

  private void coldStart(
      Contestant contestant, Running running, Testbed testbed, Note note, int round, Mode mode) {
    long bytes = testbed.bytesFromApi();
    var sentinels = new Sentinels(testbed, running);
    List<Sentinels.Expectation> all =
        sentinels()
            .map(
                service ->
                    new Sentinels.Expectation(
                        Population.address(service), backend -> backend != Prober.NOBODY))
            .toList();
    double cold = sentinels.await(all, running.began(), START_LIMIT) / 1e6;
    note.add("start to first complete sync, cold", "ms", cold);
    note.sheet().declare("of it until main() begins", "ms");
    contestant
        .startup(running)
        .ifPresent(
            up -> {
              note.add("of it until main() begins", "ms", up);
              note.add("cold, without that", "ms", cold - up);
            });
    if (contestant.startup(running).isEmpty()) {
      note.add("cold, without that", "ms", cold);
    }
    // What still follows the first sync belongs to the load.
    ControlPlane.sleep(2000);
    Scrape scrape = Scrape.of(contestant.metricsPort());
    note.add("own metric: time in syncs during the load", "ms", scrape.seconds() * 1000);
    note.add("processor time of the load", "s", running.tree().cpuSeconds());
    note.add(
        "bytes from the API server during the load",
        "MB",
        megabytes(testbed.bytesFromApi() - bytes));
    note.add(
        "resident memory after the load", "MB", megabytes(running.tree().exactResidentBytes()));
    note.add("peak memory of the process tree until then", "MB", megabytes(running.peakBytes()));
    progress.say("  cold start %.0f ms".formatted(cold));
    if (round == 0) {
      kernelSize(mode, note);
    }
  }

  /** Of all that the node's namespace holds, as the system's own programs print it. */
  private void kernelSize(Mode mode, Note note) {
    String[] inside = {"nsenter", "--net=/run/netns/node"};
    long[] size =
        switch (mode) {
          case NFTABLES -> Shell.size(words(inside, "nft", "-n", "list", "ruleset"));
          case IPTABLES -> Shell.size(words(inside, "iptables-legacy-save"));
        };
    note.add(
        mode == Mode.NFTABLES ? "kernel: nft list ruleset" : "kernel: iptables-legacy-save",
        "lines",
        (double) size[0]);
    note.add(
        mode == Mode.NFTABLES ? "kernel: nft list ruleset" : "kernel: iptables-legacy-save",
        "MB",
        megabytes(size[1]));
    if (mode == Mode.IPTABLES) {
      long[] sets = Shell.size(words(inside, "ipset", "save"));
      note.add("kernel: ipset save", "lines", (double) sets[0]);
    }
  }

  private static String[] words(String[] first, String... rest) {
    return java.util.stream.Stream.of(first, rest)
        .flatMap(java.util.Arrays::stream)
        .toArray(String[]::new);
  }

  private void changes(Contestant contestant, Running running, Changes changes, Note note) {
    Scrape before = Scrape.of(contestant.metricsPort());
    int count = options.quick() ? 30 : Math.ceilDiv(200, options.rounds());
    List<Changes.Latency> alone =
        changes.alone(count, contestant.pause(), Duration.ofSeconds(options.quick() ? 12 : 15));
    latencies("one change alone", alone, note);
    note.add(
        "own metric: mean sync of these",
        "ms",
        Scrape.of(contestant.metricsPort()).meanMillisSince(before));
    note.add("changes followed", "number", (double) alone.size());
    progress.say(
        "  %d changes alone: p50 %.1f ms"
            .formatted(
                alone.size(), Samples.percentile(each(alone, Changes.Latency::fromWrite), 0.5)));
    running.check();
  }

  private void storm(Running running, Changes changes, Note note) {
    double before = running.tree().cpuSeconds();
    Changes.Storm storm = changes.storm(options.quick() ? 50 : 200, STORM_RATE);
    double cpu = running.tree().cpuSeconds() - before;
    latencies("one change under 100 changes/s", storm.latencies(), note);
    if (storm.failed() > 0) {
      throw new BenchException(storm.failed() + " writes of the storm have failed");
    }
    note.add("writes that the storm came to", "1/s", storm.writes() / storm.seconds());
    note.add("processor time for 1,000 changes of the storm", "s", cpu * 1000 / storm.writes());
    progress.say(
        "  storm: p50 %.1f ms, p99 %.1f ms"
            .formatted(
                Samples.percentile(each(storm.latencies(), Changes.Latency::fromWrite), 0.5),
                Samples.percentile(each(storm.latencies(), Changes.Latency::fromWrite), 0.99)));
  }

  private static void latencies(String name, List<Changes.Latency> all, Note note) {
    List<Double> fromWrite = each(all, Changes.Latency::fromWrite);
    List<Double> fromEvent = each(all, Changes.Latency::fromEvent);
    note.add(name + ": write to packet, p50", "ms", Samples.percentile(fromWrite, 0.5));
    note.add(name + ": write to packet, p99", "ms", Samples.percentile(fromWrite, 0.99));
    note.add(name + ": API event to packet, p50", "ms", Samples.percentile(fromEvent, 0.5));
    note.add(name + ": API event to packet, p99", "ms", Samples.percentile(fromEvent, 0.99));
  }

  private static List<Double> each(
      List<Changes.Latency> all, Function<Changes.Latency, Double> part) {
    return all.stream().map(part).toList();
  }

  /** Half of the Services, 1,000 at most, get other endpoints at once; 32 probes are among them. */
  private void burst(Running running, Testbed testbed, int[] versions, Note note) {
    int size = Math.min(1000, population.size() / 2);
    int probes = Math.min(32, population.probes());
    var services = new ArrayList<Integer>();
    var expected = new ArrayList<Sentinels.Expectation>();
    var changed = new int[population.size()];
    for (int k = 0; k < probes; k++) {
      int probe = k * population.probes() / probes;
      int service = population.probe(probe);
      int endpoint = Population.probeEndpoint(service, ++versions[probe]);
      changed[service] = versions[probe];
      services.add(service);
      expected.add(
          new Sentinels.Expectation(Population.address(service), backend -> backend == endpoint));
    }
    int step = population.size() / size;
    for (int service = 1; services.size() < size; service += step) {
      int other = service % population.size();
      if (!population.isProbe(other)) {
        changed[other] = 1;
        services.add(other);
      }
    }
    Collections.shuffle(services, new Random(7));
    double cpu = running.tree().cpuSeconds();
    long began = System.nanoTime();
    Future<Long> writer =
        writing(
            testbed,
            () ->
                Load.inParallel(
                    0,
                    services.size(),
                    n -> load.changeAll(services.get(n), changed[services.get(n)])));
    long last = new Sentinels(testbed, running).await(expected, began, START_LIMIT);
    long written = Sentinels.join(writer) - began;
    note.add("burst of " + size + " Services: first write to last packet", "ms", last / 1e6);
    note.add(
        "burst of " + size + " Services: last write to last packet",
        "ms",
        Math.max(0, last - written) / 1e6);
    ControlPlane.sleep(1500);
    note.add(
        "burst of " + size + " Services: processor time", "s", running.tree().cpuSeconds() - cpu);
    progress.say("  burst: %.0f ms, of which writing %.0f ms".formatted(last / 1e6, written / 1e6));
  }

  /** A Service gets 5,000 endpoints; seen when endpoints of all its slices have answered. */
  private void big(Running running, Testbed testbed, Note note) {
    long began = System.nanoTime();
    Future<Long> writer =
        writing(testbed, () -> Load.inParallel(0, Population.BIG_SLICES, load::bigSlice));
    List<Sentinels.Expectation> all =
        IntStream.range(0, Population.BIG_SLICES)
            .mapToObj(
                slice ->
                    new Sentinels.Expectation(
                        Population.bigAddress(),
                        backend ->
                            backend != Prober.NOBODY && Population.bigSlice(backend) == slice))
            .toList();
    long seen = new Sentinels(testbed, running).await(all, began, START_LIMIT);
    long written = Sentinels.join(writer) - began;
    note.add("one Service gets 5,000 endpoints: first write to packets", "ms", seen / 1e6);
    note.add(
        "one Service gets 5,000 endpoints: last write to packets",
        "ms",
        Math.max(0, seen - written) / 1e6);
    progress.say(
        "  5,000 endpoints: %.0f ms, of which writing %.0f ms"
            .formatted(seen / 1e6, written / 1e6));
  }

  /** Some Services change while nobody runs; done when these changes are met. Then all go. */
  private void warmStart(
      Contestant contestant, Mode mode, Testbed testbed, int[] versions, Note note) {
    if (note.first(WARM).orElse(0) > ONCE_MS) {
      progress.say("  no warm start: the first took so long that it is the only one");
      return;
    }
    List<Sentinels.Expectation> expected = new ArrayList<>();
    for (int probe = 0;
        probe < population.probes();
        probe += Math.max(1, population.probes() / SENTINELS)) {
      int service = population.probe(probe);
      int endpoint = Population.probeEndpoint(service, ++versions[probe]);
      load.changeProbe(service, versions[probe], 0);
      expected.add(
          new Sentinels.Expectation(Population.address(service), backend -> backend == endpoint));
    }
    try (Running running = contestant.start(mode)) {
      var sentinels = new Sentinels(testbed, running);
      double warm = sentinels.await(expected, running.began(), START_LIMIT) / 1e6;
      note.add(WARM, "ms", warm);
      progress.say("  warm start %.0f ms".formatted(warm));
      ControlPlane.sleep(2000);
      deletion(running, testbed, note);
    }
  }

  /** Has a thread of the API server's clients write; gives the time at which it has. */
  private static Future<Long> writing(Testbed testbed, Runnable writes) {
    return testbed
        .clients()
        .submit(
            () -> {
              writes.run();
              return System.nanoTime();
            });
  }

  private void deletion(Running running, Testbed testbed, Note note) {
    double cpu = running.tree().cpuSeconds();
    long began = System.nanoTime();
    Future<Long> writer = writing(testbed, () -> load.deleteServices());
    long gone =
        new Sentinels(testbed, running)
            .awaitGone(sentinels().map(Population::address).toList(), began, START_LIMIT);
    long deleted = Sentinels.join(writer) - began;
    note.add("deletion of all: first deletion to no answers", "ms", gone / 1e6);
    note.add(
        "deletion of all: last deletion to no answers", "ms", Math.max(0, gone - deleted) / 1e6);
    ControlPlane.sleep(1500);
    note.add("deletion of all: processor time", "s", running.tree().cpuSeconds() - cpu);
    progress.say(
        "  deletion: %.0f ms, of which writing %.0f ms".formatted(gone / 1e6, deleted / 1e6));
  }

  /** Services spread over all, the first and the last among them. */
  private java.util.stream.Stream<Integer> sentinels() {
    int count = Math.min(SENTINELS, population.size());
    return IntStream.range(0, count)
        .mapToObj(n -> count == 1 ? 0 : (int) ((long) n * (population.size() - 1) / (count - 1)));
  }

  private static double megabytes(long bytes) {
    return bytes / 1e6;
  }

  /** A sheet, and the column to write into. */
  private record Note(Sheet sheet, String who) {
    void add(String row, String unit, double value) {
      sheet.add(row, unit, who, value);
    }

    /** What an earlier round gave, in milliseconds. */
    OptionalDouble first(String row) {
      return sheet.values(new Sheet.Row(row, "ms"), who).stream()
          .mapToDouble(Double::doubleValue)
          .findFirst();
    }
  }
}
