package io.portolan.agent.sync;

import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.SliceName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that happened in the cluster or on the node, in the order seen for each kind. */
public sealed interface Change {

  /** What the agent watches. Nothing is programmed before each was listed once. */
  enum Source {
    SERVICES,
    ENDPOINT_SLICES,
    NODE,
    NODE_PROXY,
    /** Listed too when the API server has none for us, and when it does not say so in time. */
    SERVICE_CIDRS,
    /** Listed by {@link OfAddresses}; waited for only where the orders depend on it. */
    ADDRESSES
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

  /**
   * The addresses of the node's interfaces.
   *
   * @param now all of them, without those that no other host can reach
   */
  record OfAddresses(List<Ip> now) implements Change {}

  /**
   * The ranges that ClusterIPs come from.
   *
   * @param now all of them, both families
   */
  record OfServiceCidrs(List<Cidr> now) implements Change {}

  /** New orders from the operator. */
  record OfOrders(Orders now) implements Change {}

  /** Something that the loop itself had begun has ended. */
  record Progress() implements Change {}

  /** Orders that cannot be understood; those before stay in force. */
  record Refused(long generation, String reason) implements Change {}
}
