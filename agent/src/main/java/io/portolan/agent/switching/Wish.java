package io.portolan.agent.switching;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;

/**
 * How the kernel shall be programmed.
 *
 * @param mode may be {@code AUTO}
 * @param backend of mode iptables; may be {@code AUTO}
 * @param settings of whichever mode it becomes
 */
public record Wish(Mode mode, IptablesBackend backend, DataplaneSettings settings) {
  /** Whether a variant is one of those that are asked for. */
  boolean admits(io.portolan.agent.dataplane.Variant variant) {
    return (mode == Mode.AUTO || mode == variant.mode())
        && (variant.backend().isEmpty()
            || backend == IptablesBackend.AUTO
            || backend.word().equals(variant.backend()));
  }
}
