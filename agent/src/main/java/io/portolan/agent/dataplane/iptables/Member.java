package io.portolan.agent.dataplane.iptables;

import org.jspecify.annotations.Nullable;

/** An element of one of the sets, as {@code ipset save} prints it. */
record Member(SetKind set, String element) {
  // Written out, see Ip.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Member that && set == that.set && element.equals(that.element));
  }

  @Override
  public int hashCode() {
    return 31 * element.hashCode() + set.hashCode();
  }
}
