package io.portolan.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What depends on the number of Services: packets, and one change alone. Each is measured with as
 * many Services as a kept population has.
 */
final class PacketRace {
  /** The column of what no rule touches. */
  static final String NO_RULES = "no rules";

  private final Progress progress;
  private final Options options;
  private final ControlPlane control;
  private final Api api;

  PacketRace(Progress progress, Options options, ControlPlane control, Api api) {
    this.progress = progress;
    this.options = options;
    this.control = control;
    this.api = api;
  }

  static String column(Contestant contestant, Mode mode) {
    return contestant.title() + " " + mode.word();
  }

  void run(
      Contestant contestant,
      Mode mode,
      int size,
      Population population,
      Sheet sheet,
      Sheet changes) {
    control.reset(size == population.size() ? "full" : "size-" + size);
    contestant.prepare(api, mode);
    try (var testbed = new Testbed()) {
      var packets = new Packets(testbed, options.quick() ? 1000 : 4000);
      packets.measure(
          List.of(
              new Packets.Way("to the Pod itself", Population.probeEndpoint(0, 0), Backend.PORT)),
          NO_RULES,
          sheet);
      try (Running running = contestant.start(mode)) {
        List<Sentinels.Expectation> all =
            IntStream.range(0, Math.min(64, size))
                .mapToObj(n -> (int) ((long) n * (size - 1) / Math.max(1, Math.min(64, size) - 1)))
                .map(
                    service ->
                        new Sentinels.Expectation(
                            Population.address(service), backend -> backend != Prober.NOBODY))
                .toList();
        new Sentinels(testbed, running).await(all, running.began(), Duration.ofMinutes(5));
        // The contestant comes to rest.
        ControlPlane.sleep(1500);
        var ways = new ArrayList<Packets.Way>();
        String services = "%,d Service%s".formatted(size, size == 1 ? "" : "s");
        ways.add(
            new Packets.Way(
                services + (size == 1 ? "" : ", the first"),
                Population.address(0),
                Population.PORT));
        if (size > 1) {
          ways.add(
              new Packets.Way(
                  services + ", the last", Population.address(size - 1), Population.PORT));
        }
        ways.add(
            new Packets.Way(
                services + ", to the Pod itself", Population.probeEndpoint(0, 0), Backend.PORT));
        packets.measure(ways, column(contestant, mode), sheet);
        if (size > 1) {
          change(contestant, mode, size, population, testbed, running, changes);
        }
      }
    }
    progress.say("  packets of %s with %,d".formatted(column(contestant, mode), size));
  }

  private void change(
      Contestant contestant,
      Mode mode,
      int size,
      Population population,
      Testbed testbed,
      Running running,
      Sheet sheet) {
    int probes = population.probesBelow(size);
    try (var events = new Events(api)) {
      var stage =
          new Stage(new Load(api, population), population, probes, testbed, running, events);
      List<Double> latencies =
          new Changes(stage, new int[probes], new Random(size))
              .alone(25, contestant.pause(), Duration.ofSeconds(12)).stream()
                  .map(Changes.Latency::fromEvent)
                  .toList();
      sheet.add(
          "%,d Services: API event to packet, p50".formatted(size),
          "ms",
          column(contestant, mode),
          Samples.percentile(latencies, 0.5));
    }
  }
}
