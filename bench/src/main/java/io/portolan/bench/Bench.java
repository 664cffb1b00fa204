package io.portolan.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code make bench}. To be started by scripts/bench.sh, in namespaces of its own, with the words
 * of {@link Options}. Ends with 0 when every race came to its end, else with 1.
 */
public final class Bench {
  private static final List<Integer> PACKET_SIZES = List.of(1, 1000, 10_000);

  private final Options options;
  private final Progress progress = new Progress(System.out);
  private final Api api = new Api();
  private final ControlPlane control;
  private final Population population;
  private final List<Contestant> contestants;

  private Bench(Options options) {
    this.options = options;
    this.control =
        new ControlPlane(
            options.programs(),
            options.work(),
            options.kept().resolve(options.services() + "x" + options.endpoints()),
            api);
    this.population = new Population(options.services(), options.endpoints());
    Path logs = options.results().resolve("logs");
    this.contestants =
        List.of(
            new KubeProxyContestant(options.programs().resolve("kube-proxy"), options.work(), logs),
            new AgentContestant(
                options.root(), options.image(), options.work(), logs, options.jvm()));
  }

  public static void main(String[] words) {
    Options options;
    try {
      options = Options.of(words);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(2);
      return;
    }
    boolean complete = false;
    try {
      complete = new Bench(options).run();
    } catch (BenchException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        System.err.println("bench: " + cause);
      }
    }
    System.exit(complete ? 0 : 1);
  }

  private boolean run() {
    List<String> titles = contestants.stream().map(Contestant::title).toList();
    List<Sheet> races =
        options.modes().stream()
            .map(mode -> new Sheet("Control plane, mode " + mode.word(), titles, true))
            .toList();
    var packets = new Sheet("Packets", packetColumns(), false);
    var changes = new Sheet("One change alone", packetColumns(), false);
    List<Sheet> sheets = new ArrayList<>(races);
    sheets.add(packets);
    sheets.add(changes);
    var report = new Report(options.results(), Facts.of(options), sheets);
    try (control) {
      load();
      for (int round = 0; round < options.rounds(); round++) {
        for (int m = 0; m < races.size(); m++) {
          for (Contestant contestant : turn(round)) {
            race(contestant, options.modes().get(m), round, races.get(m), report);
          }
        }
      }
      if (options.packets()) {
        packets(packets, changes, report);
      }
    }
    System.out.println(report.text());
    progress.say("done; written to %s".formatted(options.results()));
    return !report.troubled();
  }

  /** Who begins changes with the round. */
  private List<Contestant> turn(int round) {
    List<Contestant> all =
        contestants.stream()
            .filter(each -> options.only().isEmpty() || options.only().equals(each.title()))
            .toList();
    return round % 2 == 0 ? all : all.reversed();
  }

  private List<String> packetColumns() {
    var columns = new ArrayList<>(List.of(PacketRace.NO_RULES));
    for (Mode mode : options.modes()) {
      for (Contestant contestant : contestants) {
        columns.add(PacketRace.column(contestant, mode));
      }
    }
    return columns;
  }

  private List<Integer> packetSizes() {
    return PACKET_SIZES.stream().filter(size -> size <= options.services()).toList();
  }

  private void load() {
    progress.say("starting etcd and the API server");
    control.first();
    if (control.hasKept("full")) {
      progress.say("the objects are there from an earlier run");
      return;
    }
    Path crds = options.work().resolve("crds");
    Shell.run(
        options.programs().resolve("kubectl").toString(),
        "--kubeconfig=/dev/null",
        "--server=https://" + Testbed.API + ":" + ControlPlane.PORT,
        "--insecure-skip-tls-verify",
        "--token=" + ControlPlane.TOKEN,
        "apply",
        "-f",
        crds.toString());
    var load = new Load(api, population);
    load.basis();
    int done = 0;
    for (int size : packetSizes()) {
      if (size < options.services()) {
        loaded(load, done, size);
        control.keep("size-" + size);
        done = size;
      }
    }
    loaded(load, done, options.services());
    control.keep("full");
  }

  private void loaded(Load load, int from, int to) {
    int step = 2500;
    for (int at = from; at < to; at = Math.min(to, at + step)) {
      load.services(at, Math.min(to, at + step));
      progress.say(
          "loaded %,d of %,d Services".formatted(Math.min(to, at + step), options.services()));
    }
  }

  private void race(Contestant contestant, Mode mode, int round, Sheet sheet, Report report) {
    String what =
        "%s, mode %s, round %d of %d"
            .formatted(contestant.title(), mode.word(), round + 1, options.rounds());
    progress.say(what);
    try {
      new Race(progress, options, control, api, population).run(contestant, mode, round, sheet);
    } catch (BenchException e) {
      trouble(what, e, report);
    }
    report.write();
  }

  private void packets(Sheet sheet, Sheet changes, Report report) {
    for (int size : packetSizes()) {
      for (Mode mode : options.modes()) {
        for (Contestant contestant : turn(0)) {
          try {
            new PacketRace(progress, options, control, api)
                .run(contestant, mode, size, population, sheet, changes);
          } catch (BenchException e) {
            trouble("packets of " + PacketRace.column(contestant, mode), e, report);
          }
        }
      }
    }
    report.write();
  }

  private void trouble(String what, BenchException e, Report report) {
    report.trouble(what + ": " + e.getMessage());
    progress.say("FAILED: " + what + ": " + e.getMessage());
    if (e.getCause() != null) {
      progress.say("  because of " + e.getCause());
    }
  }
}
