package io.portolan.agent.probe;

import io.portolan.agent.service.IpFamily;
import io.portolan.api.v1alpha1.ProbePath;
import java.util.Comparator;

/** What is measured by itself: one path in one IP family. */
public record Route(ProbePath path, IpFamily family) implements Comparable<Route> {
  private static final Comparator<Route> ORDER =
      Comparator.comparing(Route::path).thenComparing(Route::family);

  @Override
  public int compareTo(Route other) {
    return ORDER.compare(this, other);
  }

  /** Such as {@code Pod path, IPv4}. */
  @Override
  public String toString() {
    return (path == ProbePath.POD ? "Pod" : "node")
        + " path, "
        + (family == IpFamily.IPV4 ? "IPv4" : "IPv6");
  }
}
