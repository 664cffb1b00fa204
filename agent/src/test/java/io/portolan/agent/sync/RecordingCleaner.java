package io.portolan.agent.sync;

import io.portolan.agent.plan.OpeningFlows;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.plan.StaleFlows.Destination;
import io.portolan.agent.service.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A cleaner without a kernel: remembers what it was asked, and always ends one flow. */
public final class RecordingCleaner implements FlowCleaner {
  private final Supplier<List<String>> kernel;
  private final List<List<Destination>> asked = new ArrayList<>();
  private final List<List<String>> kernelCalls = new ArrayList<>();
  private int refusals;
  private int opened;

  public RecordingCleaner() {
    this(List::of);
  }

  /**
   * @param kernel what the dataplane was asked so far
   */
  RecordingCleaner(Supplier<List<String>> kernel) {
    this.kernel = kernel;
  }

  @Override
  public synchronized int clean(IpFamily family, StaleFlows stale) {
    if (refusals > 0) {
      refusals--;
      throw new IllegalStateException("no conntrack");
    }
    kernelCalls.add(kernel.get());
    asked.add(List.copyOf(stale.destinations(family)));
    return 1;
  }

  @Override
  public synchronized int clean(IpFamily family, OpeningFlows opening) {
    opened++;
    return 0;
  }

  /** How often it was asked for unanswered connections. */
  synchronized int opened() {
    return opened;
  }

  /** Refuses the next calls. */
  synchronized void refuse(int times) {
    refusals = times;
  }

  /** The destinations of each call that was not refused. */
  synchronized List<List<Destination>> asked() {
    return List.copyOf(asked);
  }

  /** What the dataplane had been asked at each of those calls. */
  synchronized List<List<String>> kernelCalls() {
    return List.copyOf(kernelCalls);
  }

  @Override
  public void close() {}
}
