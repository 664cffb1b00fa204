package io.portolan.agent.dataplane;

import io.portolan.api.v1alpha1.Mode;
import java.util.Optional;

/**
 * A way to program the kernel: a mode, and of a mode with several backends one of these. Nothing
 * outside of the mode's package knows more of it, so that the way from any variant to any other is
 * one and the same.
 */
public interface Variant {
  /** The mode that it is a variant of; never {@code AUTO}. */
  Mode mode();

  /** The backend, such as {@code legacy}; empty where the mode has but one. */
  String backend();

  /** What people read: {@code nftables}, {@code iptables-legacy}. */
  default String name() {
    return backend().isEmpty() ? mode().word() : mode().word() + "-" + backend();
  }

  /**
   * Asks kernel and node whether it can be used: programs, capabilities, modules. Leaves nothing
   * behind, and disturbs nothing.
   */
  Fitness fitness();

  /**
   * Why, of several backends of the mode, this one is the node's own; empty: another one is. Reads
   * only.
   */
  default Optional<String> preferred() {
    return Optional.of("");
  }

  /** Opens it in the network namespace of the calling thread; nothing is read or written yet. */
  Dataplane open(DataplaneSettings settings);
}
