package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.api.v1alpha1.Mode;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Mode iptables with one of its backends; {@link BackendChoice} says which of them a node should
 * have.
 */
public final class IptablesVariant implements Variant {
  /** Where all programs of iptables-legacy meet, unless told otherwise. */
  private static final Path LOCK = Path.of("/run/xtables.lock");

  private final Backend backend;
  private final Sysctl sysctl;

  /**
   * @param sysctl rooted at {@code /proc/sys/net}; the same object for both backends, so that
   *     neither takes away what the other one needs
   */
  public IptablesVariant(Backend backend, Sysctl sysctl) {
    this.backend = backend;
    this.sysctl = sysctl;
  }

  @Override
  public Mode mode() {
    return Mode.IPTABLES;
  }

  @Override
  public String backend() {
    return backend.word();
  }

  @Override
  public Fitness fitness() {
    return new Trial(backend, new Processes(), LOCK).fitness();
  }

  @Override
  public Optional<String> preferred() {
    BackendChoice choice = BackendChoice.here();
    return choice.backend() == backend ? Optional.of(choice.reason()) : Optional.empty();
  }

  @Override
  public Dataplane open(DataplaneSettings settings) {
    return IptablesDataplane.open(backend, sysctl, settings.markBit());
  }

  @Override
  public String toString() {
    return name();
  }
}
