package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.IpFamily;
import java.util.List;

/** How packets of Pods are told from others, the way of {@code detectLocalMode} of kube-proxy. */
public sealed interface PodSources {
  /** Pods cannot be told. */
  PodSources UNKNOWN = new Ranges(List.of());

  /** Whether they can be told in this family. */
  boolean known(IpFamily family);

  /**
   * By their address.
   *
   * @param ranges both families, sorted by text; without one of a family Pods of that family cannot
   *     be told
   */
  record Ranges(List<Cidr> ranges) implements PodSources {
    @Override
    public boolean known(IpFamily family) {
      return ranges.stream().anyMatch(r -> r.base().family() == family);
    }
  }

  /**
   * By the interface through which their packets reach the node.
   *
   * @param name of the interface, or how names of interfaces begin
   * @param prefix whether {@code name} is only the beginning
   */
  record Interfaces(String name, boolean prefix) implements PodSources {
    @Override
    public boolean known(IpFamily family) {
      return true;
    }

    /** Whether the interface is one of Pods. */
    public boolean matches(String name) {
      return prefix ? name.startsWith(this.name) : name.equals(this.name);
    }
  }
}
