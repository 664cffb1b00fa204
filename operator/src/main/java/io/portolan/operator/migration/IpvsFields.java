package io.portolan.operator.migration;

import java.time.Duration;
import java.util.List;

/** What {@code ipvs} has beside its periods. */
final class IpvsFields {
  private IpvsFields() {}

  static void ipvs(Section section, ProxyMode mode, Draft draft) {
    boolean inUse = mode == ProxyMode.IPVS;
    Entry<String> scheduler = section.text("scheduler");
    if (inUse) {
      String was = scheduler.or("").isEmpty() ? "rr (round robin) by default" : scheduler.or("");
      draft.changed(
          scheduler, null, "an endpoint is picked at random for each connection; it was " + was);
    } else {
      draft.noMeaning(scheduler, mode.doesNotRead());
    }
    draft.noMeaning(
        section.any("excludeCIDRs"),
        inUse ? "Portolan leaves everything alone that is not its own" : mode.doesNotRead());
    draft.noMeaning(
        section.any("strictARP"),
        inUse
            ? "no interface has Service addresses, so none answers for them"
            : mode.doesNotRead());
    for (String name : List.of("tcpTimeout", "tcpFinTimeout", "udpTimeout")) {
      Entry<Duration> timeout = section.duration(name);
      if (!inUse) {
        draft.noMeaning(timeout, mode.doesNotRead());
      } else if (timeout.or(Duration.ZERO).isZero()) {
        draft.noMeaning(timeout, "there are no IPVS connections");
      } else {
        draft.changed(
            timeout,
            null,
            "there are no IPVS connections; how long conntrack keeps one is spec.conntrack");
      }
    }
  }
}
