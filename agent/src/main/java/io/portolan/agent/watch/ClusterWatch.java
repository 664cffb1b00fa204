package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.proto.ObjectProto;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.Orders;
import io.portolan.api.v1alpha1.NodeProxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches what the node needs to know: Services and EndpointSlices that a proxy serves, the own
 * Node, the own NodeProxy, and the ranges of ClusterIPs where the API server tells them. Without an
 * API server it goes on trying for ever.
 */
public final class ClusterWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterWatch.class);

  /** The API server sends a bookmark each minute: without one the connection is dead. */
  private static final Duration SILENCE = Duration.ofSeconds(90);

  private final Consumer<Change> changes;
  private final Consumer<Optional<NodeProxy>> nodeProxies;
  private final List<SourceWatch> watches;
  private final ServiceCidrFeed serviceCidrs;

  private volatile boolean nodeLeaving;

  /**
   * @param client best one of HTTP/1.1: there a connection that is dead is given up with the watch
   *     on it, while in HTTP/2 the next watch would be put on the same one
   * @param nodeName name of the own Node and NodeProxy
   * @param changes told what happened, on any thread
   * @param nodeProxies told the own NodeProxy as it is, empty when there is none (any more)
   */
  public ClusterWatch(
      KubernetesClient client,
      String nodeName,
      Consumer<Change> changes,
      Consumer<Optional<NodeProxy>> nodeProxies) {
    this.changes = changes;
    this.nodeProxies = nodeProxies;
    this.serviceCidrs = new ServiceCidrFeed(client, changes);
    this.watches =
        List.of(
            new ObjectStream<>(
                Change.Source.SERVICES,
                new ProtoRequests(client, "api/v1/services", SILENCE),
                ObjectProto.services(ServiceReader.ANNOTATIONS),
                ClusterWatch::serviceName,
                this::service,
                gone -> changes.accept(new Change.OfService(gone, null)),
                listed(Change.Source.SERVICES)),
            new ObjectStream<>(
                Change.Source.ENDPOINT_SLICES,
                new ProtoRequests(client, "apis/discovery.k8s.io/v1/endpointslices", SILENCE),
                ObjectProto.slices(SliceReader.LABELS, SliceReader.ANNOTATIONS),
                ClusterWatch::sliceName,
                this::slice,
                gone -> changes.accept(new Change.OfSlice(gone, null, null)),
                listed(Change.Source.ENDPOINT_SLICES)),
            new Feed<>(
                Change.Source.NODE,
                client.nodes().withField("metadata.name", nodeName),
                Node::new,
                this::node,
                // A node without its object keeps its addresses.
                gone -> nodeLeaving = true,
                listed(Change.Source.NODE)),
            new Feed<>(
                Change.Source.NODE_PROXY,
                client.resources(NodeProxy.class).withField("metadata.name", nodeName),
                NodeProxy::new,
                this::nodeProxy,
                gone -> nodeProxies.accept(Optional.empty()),
                listed(Change.Source.NODE_PROXY)));
  }

  /** Starts watching; returns at once. */
  public void start() {
    serviceCidrs.start();
    watches.forEach(SourceWatch::start);
  }

  /** Whether the own Node is about to go, or is gone: load balancers should turn elsewhere. */
  public boolean nodeLeaving() {
    return nodeLeaving;
  }

  /** Whether every watch is at work; one without a connection tries to get one, and is. */
  public boolean alive() {
    return watches.stream().allMatch(SourceWatch::alive);
  }

  /** The sources without a connection now. */
  public List<Change.Source> disconnected() {
    return watches.stream()
        .filter(watch -> !watch.watching())
        .<Change.Source>map(SourceWatch::source)
        .toList();
  }

  @Override
  public void close() {
    watches.forEach(SourceWatch::close);
    serviceCidrs.close();
  }

  private Runnable listed(Change.Source source) {
    return () -> {
      log.debug("listed {}", source);
      changes.accept(new Change.Listed(source));
    };
  }

  private void service(Service object) {
    Reading<io.portolan.agent.service.Service> reading = ServiceReader.read(object);
    complain(object, reading);
    changes.accept(new Change.OfService(serviceName(object), reading.value()));
  }

  private void slice(EndpointSlice object) {
    Reading<io.portolan.agent.service.EndpointSlice> reading = SliceReader.read(object);
    complain(object, reading);
    changes.accept(
        new Change.OfSlice(sliceName(object), reading.value(), SliceReader.trigger(object)));
  }

  private void node(Node object) {
    var reading = NodeReader.read(object);
    complain(object, reading);
    if (reading.value() != null) {
      nodeLeaving = reading.value().leaving();
      changes.accept(new Change.OfNode(reading.value()));
    }
  }

  private void nodeProxy(NodeProxy object) {
    nodeProxies.accept(Optional.of(object));
    Long generation = object.getMetadata().getGeneration();
    long number = generation == null ? 0 : generation;
    try {
      changes.accept(new Change.OfOrders(Orders.of(number, object.getSpec(), object.getStatus())));
    } catch (IllegalArgumentException e) {
      log.warn("NodeProxy.spec cannot be understood: {}", e.getMessage());
      changes.accept(new Change.Refused(number, "spec: " + e.getMessage()));
    }
  }

  private void complain(HasMetadata object, Reading<?> reading) {
    for (String complaint : reading.complaints()) {
      log.warn(
          "{} {}/{}: left out {}",
          object.getKind(),
          object.getMetadata().getNamespace(),
          object.getMetadata().getName(),
          complaint);
    }
  }

  private static ServiceName serviceName(HasMetadata object) {
    return new ServiceName(object.getMetadata().getNamespace(), object.getMetadata().getName());
  }

  private static SliceName sliceName(HasMetadata object) {
    return new SliceName(object.getMetadata().getNamespace(), object.getMetadata().getName());
  }
}
