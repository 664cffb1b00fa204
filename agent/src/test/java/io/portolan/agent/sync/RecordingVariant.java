package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.switching.Wish;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;
import java.util.Optional;
import java.util.function.Supplier;

/** A variant by the name of a real one, with a dataplane that is given. */
public final class RecordingVariant implements Variant {
  /** Asks for mode nftables. */
  public static final Wish NFTABLES =
      new Wish(Mode.NFTABLES, IptablesBackend.AUTO, new DataplaneSettings(0x1000));

  private final Mode mode;
  private final String backend;
  private final Supplier<? extends Dataplane> kernel;
  private volatile Fitness fitness = new Fitness(true, "it can");
  private volatile boolean preferred;

  public RecordingVariant(Mode mode, String backend, Supplier<? extends Dataplane> kernel) {
    this.mode = mode;
    this.backend = backend;
    this.kernel = kernel;
  }

  /** Mode nftables. */
  public static RecordingVariant nftables(Supplier<? extends Dataplane> kernel) {
    return new RecordingVariant(Mode.NFTABLES, "", kernel);
  }

  /** From now on the node can't do it. */
  public RecordingVariant unfit(String words) {
    fitness = new Fitness(false, words);
    return this;
  }

  /** The backend that the node's other rules are in. */
  public RecordingVariant preferredHere() {
    preferred = true;
    return this;
  }

  @Override
  public Mode mode() {
    return mode;
  }

  @Override
  public String backend() {
    return backend;
  }

  @Override
  public Fitness fitness() {
    return fitness;
  }

  @Override
  public Optional<String> preferred() {
    return preferred ? Optional.of("the node's rules are in " + backend) : Optional.empty();
  }

  @Override
  public Dataplane open(DataplaneSettings settings) {
    return kernel.get();
  }

  @Override
  public String toString() {
    return name();
  }
}
