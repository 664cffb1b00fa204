package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.Conntrack;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code conntrack}. kube-proxy sets four of these by default, and 0 leaves the kernel's value
 * alone; a ProxyConfig leaves alone what it does not mention.
 */
final class ConntrackFields {
  private static final int MAX_PER_CORE = 32 * 1024;
  private static final int MIN = 128 * 1024;
  private static final Duration MOST = Duration.ofDays(24);
  private static final String ALONE = "the kernel's value is left alone, as by kube-proxy";

  private ConntrackFields() {}

  static void conntrack(Section root, Draft draft) {
    Section section = root.section("conntrack");
    Integer perCore = perCore(section, draft);
    Integer min = min(section, perCore != null, draft);
    String established = timeout(section, "tcpEstablishedTimeout", Duration.ofHours(24), draft);
    String closeWait = timeout(section, "tcpCloseWaitTimeout", Duration.ofHours(1), draft);
    Boolean liberal = liberal(section, draft);
    String udp = timeout(section, "udpTimeout", Duration.ZERO, draft);
    String stream = timeout(section, "udpStreamTimeout", Duration.ZERO, draft);
    if (Draft.anyOf(perCore, min, established, closeWait, liberal, udp, stream)) {
      draft.conntrack = new Conntrack(perCore, min, established, closeWait, liberal, udp, stream);
      draft.comment(
          "spec.conntrack",
          "As kube-proxy sets it. A line that is taken out leaves the kernel's value.");
    }
  }

  private static @Nullable Integer perCore(Section section, Draft draft) {
    Entry<Integer> entry = section.number("maxPerCore", 0, Integer.MAX_VALUE);
    int value = entry.or(MAX_PER_CORE);
    if (value == 0) {
      draft.same(entry, "spec.conntrack.maxPerCore: left out", ALONE);
      return null;
    }
    draft.same(
        entry, "spec.conntrack.maxPerCore: " + value, entry.isSet() ? "" : "kube-proxy's default");
    return value;
  }

  private static @Nullable Integer min(Section section, boolean limited, Draft draft) {
    Entry<Integer> entry = section.number("min", 0, Integer.MAX_VALUE);
    if (!limited) {
      draft.noMeaning(entry, "kube-proxy does not read it with maxPerCore 0 either");
      return null;
    }
    int value = entry.or(MIN);
    draft.same(entry, "spec.conntrack.min: " + value, entry.isSet() ? "" : "kube-proxy's default");
    return value;
  }

  private static @Nullable Boolean liberal(Section section, Draft draft) {
    Entry<Boolean> entry = section.flag("tcpBeLiberal");
    if (entry.or(false)) {
      draft.same(entry, "spec.conntrack.tcpBeLiberal: true", "");
      return true;
    }
    draft.same(entry, "spec.conntrack.tcpBeLiberal: left out", ALONE);
    return null;
  }

  private static @Nullable String timeout(
      Section section, String name, Duration byDefault, Draft draft) {
    Entry<Duration> entry = section.duration(name);
    String field = "spec.conntrack." + name;
    Duration asked = entry.or(byDefault);
    if (asked.isZero()) {
      draft.same(entry, field + ": left out", ALONE);
      return null;
    }
    Duration taken = asked.compareTo(MOST) > 0 ? MOST : Duration.ofSeconds(asked.toSeconds());
    if (taken.isZero()) {
      draft.changed(
          entry,
          field + ": left out",
          "less than a second, which kube-proxy writes as 0 into the kernel; here it is left alone");
      return null;
    }
    String text = ProxyDuration.format(taken);
    if (taken.equals(MOST) && !asked.equals(MOST)) {
      draft.changed(entry, field + ": " + text, "the most that there is here");
      draft.comment(field, "kube-proxy had %s; %s is the most.".formatted(entry.shown(), text));
    } else {
      draft.same(
          entry, field + ": " + text, entry.isSet() ? whole(asked, taken) : "kube-proxy's default");
    }
    return text;
  }

  private static String whole(Duration asked, Duration taken) {
    return taken.equals(asked) ? "" : "whole seconds, as kube-proxy sets it";
  }
}
