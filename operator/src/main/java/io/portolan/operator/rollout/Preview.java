package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a rollout would do.
 *
 * @param least the sum of the soaks: no rollout is faster
 */
public record Preview(String revision, List<Step> waves, Duration least) {
  private static final int NAMED = 10;

  public Preview {
    waves = List.copyOf(waves);
  }

  /**
   * One wave that would move nodes.
   *
   * @param names the first of the nodes, at most {@value Preview#NAMED}
   */
  public record Step(String wave, int nodes, List<String> names) {
    public Step {
      names = List.copyOf(names);
    }
  }

  static Preview of(Situation s) {
    String update = s.view().update();
    Set<String> have = new HashSet<>(Situation.names(s.where(n -> n.has(update))));
    var steps = new ArrayList<Step>();
    Duration least = Duration.ZERO;
    List<Wave> waves = s.policy().waves();
    for (int i = 0; i < waves.size(); i++) {
      Wave wave = waves.get(i);
      long quota = Math.max(0, wave.quota(s.total()) - have.size());
      List<String> names =
          s.where(n -> n.reachable() && wave.covers(n) && !have.contains(n.node())).stream()
              .limit(quota)
              .map(NodeProgress::node)
              .toList();
      if (!names.isEmpty()) {
        have.addAll(names);
        steps.add(
            new Step(wave.words(), names.size(), names.subList(0, Math.min(NAMED, names.size()))));
        least = least.plus(s.policy().soak(i));
      }
    }
    return new Preview(update, steps, least);
  }
}
