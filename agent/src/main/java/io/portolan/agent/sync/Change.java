package io.portolan.agent.sync;

import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.SliceName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something that happened in the cluster, in the order it was seen for each kind. */
public sealed interface Change {

  /** What the agent watches. Nothing is programmed before each was listed once. */
  enum Source {
    SERVICES,
    ENDPOINT_SLICES,
    NODE,
    NODE_PROXY
  }

  /** A source told all that there is. */
  record Listed(Source source) implements Change {}

  /**
   * A Service.
   *
   * @param now null when it is gone, or is none that a proxy serves
   */
  record OfService(ServiceName name, @Nullable Service now) implements Change {}

  /**
   * An EndpointSlice.
   *
   * @param now null when it is gone, or cannot be used
   * @param trigger when that came about which made the slice change, if it says so
   */
  record OfSlice(SliceName name, @Nullable EndpointSlice now, @Nullable Instant trigger)
      implements Change {}

  /** The own Node. */
  record OfNode(OwnNode now) implements Change {}

  /** New orders from the operator. */
  record OfOrders(Orders now) implements Change {}

  /** Orders that cannot be understood; those before stay in force. */
  record Refused(long generation, String reason) implements Change {}
}
