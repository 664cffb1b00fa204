package io.portolan.agent.others;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.iptables.Commands;
import io.portolan.agent.dataplane.iptables.Commands.MissingProgram;
import io.portolan.agent.dataplane.iptables.Commands.Result;
import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.LegacyTables;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.others.Cut.Jump;
import io.portolan.agent.others.Cut.Place;
import io.portolan.agent.others.Facts.Chain;
import io.portolan.agent.service.IpFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the rules of kube-proxy out of the kernel. Used once. */
final class Removal {
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);

  /** How long iptables-legacy waits for the lock that all its users share, in seconds. */
  private static final String LOCK_SECONDS = "10";

  private static final Duration SETS_LET_GO = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 10;

  private final Commands commands;
  private final Set<Chain> held = new HashSet<>();
  private final List<RuntimeException> failures = new ArrayList<>();

  Removal(Commands commands) {
    this.commands = commands;
  }

  /** One step that fails keeps none of the others from being done. */
  void run() {
    attempt(this::nft);
    for (IpFamily family : IpFamily.values()) {
      attempt(() -> legacy(family));
    }
    attempt(this::ipvs);
    attempt(this::sets);
    for (Chain chain : held) {
      LOG.warn("{} of kube-proxy stays: somebody else's rule goes there", chain);
    }
    List<String> left = left();
    if (left.isEmpty() && failures.isEmpty()) {
      return;
    }
    var message = new StringBuilder("kube-proxy's rules are not gone");
    if (!left.isEmpty()) {
      message.append("; left: ").append(String.join(", ", left));
    }
    failures.forEach(failure -> message.append("; ").append(failure.getMessage()));
    var told = new DataplaneException(message.toString(), null);
    failures.forEach(told::addSuppressed);
    throw told;
  }

  private void attempt(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      failures.add(e);
    }
  }

  private List<String> left() {
    try {
      Facts facts = KernelFacts.rules();
      List<Chain> others =
          facts.chains().stream()
              .filter(
                  chain ->
                      held.stream().noneMatch(kept -> kept.toString().equals(chain.toString())))
              .toList();
      return Judgement.of(
              new Facts(
                  facts.tables(),
                  others,
                  facts.sets(),
                  facts.links(),
                  facts.virtualServers(),
                  List.of(),
                  java.util.Map.of()))
          .stream()
          .filter(proxy -> proxy.kind() == OtherProxy.Kind.KUBE_PROXY)
          .flatMap(proxy -> proxy.evidence().stream())
          .toList();
    } catch (RuntimeException e) {
      failures.add(e);
      return List.of();
    }
  }

  /** The tables are read, judged and changed as of one generation of the kernel's. */
  private void nft() {
    try (var kernel = new NfTables()) {
      for (int i = 1; ; i++) {
        try {
          nft(kernel);
          return;
        } catch (NetlinkException e) {
          if (!e.errno().equals(Errno.ERESTART) || i == ATTEMPTS) {
            throw new DataplaneException("cannot remove from nf_tables: " + e.getMessage(), e);
          }
        }
      }
    }
  }

  private void nft(NfTables kernel) {
    List<NfTables.Table> all = kernel.tables();
    if (all.isEmpty()) {
      return;
    }
    int generation = kernel.generation();
    all = kernel.tables();
    List<NfTables.Table> tables =
        all.stream().filter(table -> table.name().equals(Ownership.NFT_TABLE)).toList();
    var rules = new ArrayList<NfTables.Jump>();
    var emptied = new ArrayList<NfTables.Chain>();
    var chains = new ArrayList<NfTables.Chain>();
    for (IpFamily family : IpFamily.values()) {
      List<NfTables.Table> some =
          all.stream()
              .filter(table -> table.family() == family && !tables.contains(table))
              .toList();
      if (!some.isEmpty()) {
        cut(kernel, family, some, rules, emptied, chains);
      }
    }
    kernel.remove(generation, tables, rules, emptied, chains);
  }

  private void cut(
      NfTables kernel,
      IpFamily family,
      List<NfTables.Table> tables,
      List<NfTables.Jump> rules,
      List<NfTables.Chain> emptied,
      List<NfTables.Chain> chains) {
    List<NfTables.Chain> found = kernel.chains(family, tables);
    var base = new HashSet<Place>();
    var own = new HashSet<Place>();
    for (NfTables.Chain chain : found) {
      (chain.base() ? base : own).add(place(chain.table(), chain.name()));
    }
    if (Cut.of(own, List.of()).isEmpty()) {
      return; // Other people's rules need not be read.
    }
    var jumps = new ArrayList<NfTables.Jump>();
    tables.forEach(table -> jumps.addAll(kernel.jumps(table, "")));
    Cut cut = Cut.of(own, jumps.stream().map(jump -> jump(jump, base)).toList());
    jumps.stream().filter(jump -> cut.deletes(jump(jump, base))).forEach(rules::add);
    for (NfTables.Chain chain : found) {
      Place place = place(chain.table(), chain.name());
      if (cut.deletes(place)) {
        chains.add(chain);
      } else if (cut.empties(place)) {
        emptied.add(chain);
      }
    }
    hold(KernelFacts.NFT, family, cut);
  }

  private static Jump jump(NfTables.Jump jump, Set<Place> base) {
    Place from = place(jump.table(), jump.chain());
    return new Jump(from, base.contains(from), jump.target());
  }

  private static Place place(NfTables.Table table, String chain) {
    return new Place(table.name(), chain);
  }

  private void hold(String backend, IpFamily family, Cut cut) {
    for (Place place : cut.held()) {
      held.add(new Chain(backend, family, place.table(), place.chain(), false));
    }
  }

  private void legacy(IpFamily family) {
    boolean any =
        LegacyTables.chains(family).stream()
            .anyMatch(chain -> Ownership.ofKubeProxy(chain.table(), chain.name()));
    if (!any) {
      return;
    }
    String program = family == IpFamily.IPV4 ? "iptables-legacy" : "ip6tables-legacy";
    SavedRules saved = SavedRules.parse(output(List.of(program + "-save"), ""));
    Cut cut = saved.cut();
    output(List.of(program + "-restore", "--noflush", "-w", LOCK_SECONDS), saved.without(cut));
    hold(KernelFacts.LEGACY, family, cut);
  }

  private String output(List<String> command, String input) {
    try {
      Result result = commands.run(command, input);
      if (result.exit() != 0) {
        throw new DataplaneException(String.join(" ", command) + ": " + result.errors(), null);
      }
      return result.output();
    } catch (MissingProgram e) {
      throw new DataplaneException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * kube-proxy has all virtual servers to itself in mode ipvs, but for those that its setting
   * {@code excludeCIDRs} names, which is not to be seen here; its own cleanup removes all, too.
   */
  private void ipvs() {
    try (var links = new Links()) {
      Integer index = links.indexes().get(Ownership.IPVS_LINK);
      if (index != null) {
        if (VirtualServers.count() > 0) {
          VirtualServers.flush();
        }
        links.delete(index);
      }
    }
  }

  /** nf_tables lets go of the sets that its rules asked only some time after these are gone. */
  private void sets() {
    long end = System.nanoTime() + SETS_LET_GO.toNanos();
    try (var sets = new IpSets()) {
      var names = new TreeSet<String>();
      sets.names().stream().filter(Ownership::setOfKubeProxy).forEach(names::add);
      while (true) {
        names.removeIf(sets::destroyed);
        if (names.isEmpty()) {
          return;
        }
        if (System.nanoTime() > end) {
          throw new DataplaneException("rules still ask the ipsets " + names, null);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataplaneException("interrupted while waiting for ipsets that are in use", e);
    }
  }
}
