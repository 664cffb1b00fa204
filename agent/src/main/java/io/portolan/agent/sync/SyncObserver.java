package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.plan.HealthCheck;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.IpFamily;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Is told what the loop does, on the loop's thread; must not block. */
public interface SyncObserver {
  /** So many Services and endpoint slices changed. */
  default void changes(int services, int slices) {}

  /**
   * The kernel was written.
   *
   * @param took time that the kernel and we needed
   * @param programming for each change of endpoints the time since what caused it
   */
  default void written(Duration took, List<Duration> programming) {}

  /**
   * The kernel holds the plan, or nothing of ours where so ordered: told after every write, and
   * often without a change.
   *
   * @param checks what load balancers may ask this node
   * @param node the facts that the plan was made with
   */
  default void serves(List<HealthCheck> checks, NodeFacts node) {}

  /**
   * The kernel holds the plan by the settings of a revision: told after every write, often without
   * a change, and always before {@link #state} names the revision.
   *
   * @param ports the plan of a port, null when there is none; to be asked during the call only
   */
  default void programmed(
      String revision, NodeFacts node, Function<PortKey, @Nullable PortPlan> ports) {}

  /** The kernel holds nothing of ours, as ordered; often told without a change. */
  default void removed() {}

  /** An audit compared kernel and plan. */
  default void audited(Audit audit) {}

  /** The kernel refused a write. */
  default void failed() {}

  /**
   * So many stale flows were ended; {@code took} is the time from the question to the kernel on.
   */
  default void flowsEnded(IpFamily family, int flows, Duration took) {}

  /** Stale flows could not be ended. */
  default void flowsKept(IpFamily family) {}

  /** How the node stands, whenever that changed. */
  default void state(SyncState state) {}

  /** Tells both, in this order. */
  static SyncObserver both(SyncObserver first, SyncObserver second) {
    return new SyncObserver() {
      @Override
      public void changes(int services, int slices) {
        first.changes(services, slices);
        second.changes(services, slices);
      }

      @Override
      public void written(Duration took, List<Duration> programming) {
        first.written(took, programming);
        second.written(took, programming);
      }

      @Override
      public void serves(List<HealthCheck> checks, NodeFacts node) {
        first.serves(checks, node);
        second.serves(checks, node);
      }

      @Override
      public void programmed(
          String revision, NodeFacts node, Function<PortKey, @Nullable PortPlan> ports) {
        first.programmed(revision, node, ports);
        second.programmed(revision, node, ports);
      }

      @Override
      public void removed() {
        first.removed();
        second.removed();
      }

      @Override
      public void audited(Audit audit) {
        first.audited(audit);
        second.audited(audit);
      }

      @Override
      public void failed() {
        first.failed();
        second.failed();
      }

      @Override
      public void flowsEnded(IpFamily family, int flows, Duration took) {
        first.flowsEnded(family, flows, took);
        second.flowsEnded(family, flows, took);
      }

      @Override
      public void flowsKept(IpFamily family) {
        first.flowsKept(family);
        second.flowsKept(family);
      }

      @Override
      public void state(SyncState state) {
        first.state(state);
        second.state(state);
      }
    };
  }
}
