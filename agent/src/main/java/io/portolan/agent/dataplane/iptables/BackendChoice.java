package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.iptables.Commands.MissingProgram;
import io.portolan.agent.dataplane.iptables.Commands.Result;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The backend that a node's other rules are in, so that all rules are seen by all who look: where
 * kubelet left its hint (kubernetes pull request 109059), else where there are more rules, else
 * nft, as iptables-wrapper does it.
 *
 * @param reason for people
 */
public record BackendChoice(Backend backend, String reason) {
  private static final List<String> HINTS = List.of("KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY");

  /**
   * What one backend of a node holds, ours left out.
   *
   * @param hints of kubelet, by the names of their chains
   * @param rules of both families
   */
  public record Found(List<String> hints, long rules) {
    /** Copies the list. */
    public Found {
      hints = List.copyOf(hints);
    }
  }

  /**
   * Looks at the rules in the network namespace of the calling thread and chooses.
   *
   * @throws DataplaneException when there is no iptables at all
   */
  public static BackendChoice here() {
    return of(new Processes());
  }

  static BackendChoice of(Commands commands) {
    return choose(look(commands));
  }

  /**
   * Looks at the rules in the network namespace of the calling thread; a backend whose programs are
   * not there, or refuse to read, is left out.
   */
  public static Map<Backend, Found> look() {
    return look(new Processes());
  }

  private static Map<Backend, Found> look(Commands commands) {
    var found = new EnumMap<Backend, Found>(Backend.class);
    for (Backend backend : List.of(Backend.NFT, Backend.LEGACY)) {
      Found rules = look(backend, commands);
      if (rules != null) {
        found.put(backend, rules);
      }
    }
    return found;
  }

  /**
   * Chooses by what was found; an absent backend cannot be chosen.
   *
   * @throws DataplaneException when neither is there
   */
  public static BackendChoice choose(Map<Backend, Found> found) {
    if (found.isEmpty()) {
      throw new DataplaneException(
          "mode iptables needs iptables and ip6tables, either legacy or nft, and here is neither",
          null);
    }
    Found nft = found.get(Backend.NFT);
    Found legacy = found.get(Backend.LEGACY);
    if (nft == null || legacy == null) {
      Backend only = nft == null ? Backend.LEGACY : Backend.NFT;
      return new BackendChoice(only, "iptables-" + only.word() + " is the only one here");
    }
    for (Backend backend : List.of(Backend.NFT, Backend.LEGACY)) {
      List<String> hints = (backend == Backend.NFT ? nft : legacy).hints();
      if (!hints.isEmpty()) {
        return new BackendChoice(
            backend, "kubelet's " + hints.getFirst() + " is in iptables-" + backend.word());
      }
    }
    Backend more = legacy.rules() > nft.rules() ? Backend.LEGACY : Backend.NFT;
    return new BackendChoice(
        more,
        legacy.rules() == 0 && nft.rules() == 0
            ? "there are no rules of iptables yet"
            : "iptables-legacy has %d rules, iptables-nft %d"
                .formatted(legacy.rules(), nft.rules()));
  }

  /** Our own rules do not count, or a node could never change. */
  private static @Nullable Found look(Backend backend, Commands commands) {
    var hints = new ArrayList<String>();
    long rules = 0;
    boolean there = true;
    for (Stack stack : Stack.of(backend)) {
      try {
        Result saved = commands.run(List.of(stack.save()), "");
        there &= saved.exit() == 0;
        List<String> lines = saved.output().lines().toList();
        Predicate<String> others = line -> line.startsWith("-A ") && !line.contains(Names.PREFIX);
        rules += lines.stream().filter(others).count();
        for (String hint : HINTS) {
          if (lines.stream().anyMatch(line -> line.startsWith(":" + hint + " "))) {
            hints.add(hint);
          }
        }
      } catch (MissingProgram e) {
        return null;
      }
    }
    return there ? new Found(hints, rules) : null;
  }
}
