package io.portolan.operator.migration;

import java.time.Duration;

/** {@code minSyncPeriod} and {@code syncPeriod} of each mode's section. */
final class SyncFields {
  private static final Duration MOST_MIN = Duration.ofMinutes(10);
  private static final Duration LEAST_AUDIT = Duration.ofSeconds(10);
  private static final Duration MOST_AUDIT = Duration.ofHours(24);
  private static final Duration DEFAULT_PERIOD = Duration.ofSeconds(30);
  private static final Duration OUR_AUDIT = Duration.ofMinutes(5);

  private SyncFields() {}

  static void periods(Section root, ProxyMode mode, Draft draft) {
    for (String name : new String[] {"iptables", "ipvs", "nftables"}) {
      Section section = root.section(name);
      Entry<Duration> period = section.duration("syncPeriod");
      Entry<Duration> least = section.duration("minSyncPeriod");
      if (!mode.periods().equals(name)) {
        draft.noMeaning(period, mode.doesNotRead());
        draft.noMeaning(least, mode.doesNotRead());
      } else {
        audit(period, draft);
        minimum(least, mode == ProxyMode.IPVS ? Duration.ZERO : Duration.ofSeconds(1), draft);
      }
    }
  }

  private static void minimum(Entry<Duration> entry, Duration byDefault, Draft draft) {
    // kube-proxy takes 0 for not set.
    boolean isDefault = entry.or(Duration.ZERO).isZero();
    Duration asked = isDefault ? byDefault : entry.or(byDefault);
    Duration taken = asked.compareTo(MOST_MIN) > 0 ? MOST_MIN : asked;
    String target = "spec.sync.minInterval: " + ProxyDuration.format(taken);
    if (taken.isZero()) {
      draft.same(entry, target, "the default, left out");
      return;
    }
    draft.minInterval = ProxyDuration.format(taken);
    if (!taken.equals(asked)) {
      draft.changed(entry, target, "the most that there is here");
      draft.comment(
          "spec.sync.minInterval", "kube-proxy had " + entry.shown() + "; 10m is the most.");
      return;
    }
    String why =
        "kube-proxy bundles changes because each costs it a lot; here a change costs what changed, and"
            + " the default is 0s";
    draft.same(entry, target, isDefault ? "kube-proxy's default. " + why : "");
    if (asked.equals(byDefault)) {
      draft.comment(
          "spec.sync.minInterval",
          "kube-proxy's default, which bundles changes because each costs it a lot. Here a change costs"
              + " what changed: without this line Services follow at once.");
    }
  }

  private static void audit(Entry<Duration> entry, Draft draft) {
    boolean isDefault = entry.or(Duration.ZERO).isZero();
    Duration asked = isDefault ? DEFAULT_PERIOD : entry.or(DEFAULT_PERIOD);
    Duration taken = asked;
    if (asked.compareTo(LEAST_AUDIT) < 0) {
      taken = LEAST_AUDIT;
    } else if (asked.compareTo(MOST_AUDIT) > 0) {
      taken = MOST_AUDIT;
    }
    String text = ProxyDuration.format(taken);
    String target = "spec.sync.auditInterval: " + text;
    if (!taken.equals(OUR_AUDIT)) {
      draft.auditInterval = text;
    }
    if (!taken.equals(asked)) {
      String bound = taken.equals(LEAST_AUDIT) ? "the least" : "the most";
      draft.changed(entry, target, bound + " that there is here");
      draft.comment(
          "spec.sync.auditInterval",
          "kube-proxy had %s; %s is %s.".formatted(entry.shown(), text, bound));
    } else if (taken.equals(OUR_AUDIT)) {
      draft.same(entry, target, "the default, left out");
    } else {
      draft.same(
          entry,
          target,
          isDefault
              ? "kube-proxy's default; here each audit reads back the whole kernel state, and the default"
                  + " is 5m"
              : "");
      if (taken.equals(DEFAULT_PERIOD)) {
        draft.comment(
            "spec.sync.auditInterval",
            "kube-proxy's default. Here each audit reads back the whole kernel state; without this line"
                + " that is every 5m.");
      }
    }
  }
}
