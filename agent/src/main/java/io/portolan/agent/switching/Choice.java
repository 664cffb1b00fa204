package io.portolan.agent.switching;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.Variant;
import io.portolan.api.v1alpha1.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which variant a wish comes to on this node.
 *
 * <ol>
 *   <li>One that is named is taken as it is: whether the node can do it shows when it is tried.
 *   <li>Of several backends of a mode the one that serves already stays; else the node's own one.
 *   <li>Mode auto takes the first mode, in the order of the variants, that the node can do and that
 *       has not just failed.
 * </ol>
 */
final class Choice {
  private final Wish wish;
  private final List<Variant> variants;
  private final @Nullable Variant serving;
  private final Map<Variant, String> failed;

  /**
   * @param variants the best first
   * @param serving null: none does
   * @param failed those that failed, with the words of why
   */
  Choice(
      Wish wish, List<Variant> variants, @Nullable Variant serving, Map<Variant, String> failed) {
    this.wish = wish;
    this.variants = variants.stream().filter(wish::admits).toList();
    this.serving = serving;
    this.failed = failed;
  }

  /**
   * Chooses.
   *
   * @throws DataplaneException when there is nothing to choose from; says what each one lacks
   */
  Chosen make() {
    if (wish.mode() != Mode.AUTO) {
      return backend(variants).orElseThrow(() -> nothing(List.of("the agent does not know it")));
    }
    var lacking = new ArrayList<String>();
    for (Mode mode : variants.stream().map(Variant::mode).distinct().toList()) {
      var fit = new ArrayList<Variant>();
      for (Variant variant : variants) {
        if (variant.mode() == mode) {
          String why = failed.get(variant);
          Fitness fitness = why == null ? variant.fitness() : new Fitness(false, why);
          if (fitness.fits()) {
            fit.add(variant);
          } else {
            lacking.add(variant.name() + ": " + fitness.words());
          }
        }
      }
      Optional<Chosen> chosen = backend(fit);
      if (chosen.isPresent()) {
        var reasons = new ArrayList<>(lacking);
        reasons.add(chosen.get().reason());
        reasons.removeIf(String::isEmpty);
        return new Chosen(
            chosen.get().variant(),
            reasons.isEmpty() ? "the first that the node can do" : String.join("; ", reasons));
      }
    }
    throw nothing(lacking);
  }

  private Optional<Chosen> backend(List<Variant> some) {
    if (some.size() < 2) {
      return some.stream().findFirst().map(v -> new Chosen(v, ""));
    }
    if (serving != null && some.contains(serving)) {
      return Optional.of(new Chosen(serving, serving.name() + " serves already"));
    }
    for (Variant variant : some) {
      Optional<String> why = variant.preferred();
      if (why.isPresent()) {
        return Optional.of(new Chosen(variant, why.get()));
      }
    }
    return Optional.of(new Chosen(some.getFirst(), ""));
  }

  private DataplaneException nothing(List<String> lacking) {
    return new DataplaneException(
        "mode "
            + wish.mode().word()
            + (wish.backend().word().equals("auto") ? "" : " (" + wish.backend().word() + ")")
            + " cannot be used on this node: "
            + String.join("; ", lacking),
        null);
  }
}
