package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.sync.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ranges that ClusterIPs come from, where the API server has such objects ({@code
 * networking.k8s.io/v1}, Kubernetes 1.33) and lets us read them. Nothing waits for it longer than a
 * moment: without, only unused ClusterIPs are treated otherwise. A refusal is logged once, and
 * asked again about now and then.
 */
final class ServiceCidrFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceCidrFeed.class);

  /** How long the first plan waits, so that a restarted agent does not take them away at first. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final Duration ASK_AGAIN = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final Consumer<Change> changes;
  private final Duration askAgain;
  private @Nullable Feed<ServiceCIDR> feed;
  private boolean refused;
  private boolean closed;

  ServiceCidrFeed(KubernetesClient client, Consumer<Change> changes) {
    this(client, changes, ASK_AGAIN);
  }

  ServiceCidrFeed(KubernetesClient client, Consumer<Change> changes, Duration askAgain) {
    this.client = client;
    this.changes = changes;
    this.askAgain = askAgain;
  }

  /** Starts watching; returns at once. */
  void start() {
    after(PATIENCE, this::waitNoLonger);
    watch();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (feed != null) {
      feed.close();
    }
  }

  private synchronized void watch() {
    if (closed) {
      return;
    }
    var known = new Known();
    Feed<ServiceCIDR> started =
        new Feed<>(
            Change.Source.SERVICE_CIDRS,
            client.resources(ServiceCIDR.class),
            ServiceCIDR::new,
            known::seen,
            known::gone,
            known::listed,
            ServiceCidrFeed::noRefusal);
    feed = started;
    started.start(this::ended);
  }

  /** Asks with one request, and watches once that is answered. */
  private void ask() {
    try {
      client.resources(ServiceCIDR.class).list();
      watch();
    } catch (RuntimeException e) {
      log.debug("ServiceCIDRs are still refused", e);
      askLater();
    }
  }

  private void ended() {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (!refused) {
        refused = true;
        log.info(
            "the API server shows no ServiceCIDRs (none before Kubernetes 1.33, or no permission):"
                + " packets to unused ClusterIPs are left alone");
      }
    }
    waitNoLonger();
    askLater();
  }

  private synchronized void askLater() {
    if (!closed) {
      after(askAgain, this::ask);
    }
  }

  private static void after(Duration wait, Runnable task) {
    CompletableFuture.delayedExecutor(
            wait.toMillis(), TimeUnit.MILLISECONDS, Thread::startVirtualThread)
        .execute(task);
  }

  private void waitNoLonger() {
    changes.accept(new Change.Listed(Change.Source.SERVICE_CIDRS));
  }

  /** False for what only another version of the API server or another role would change. */
  private static boolean noRefusal(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof KubernetesClientException e && (e.getCode() == 404 || e.getCode() == 403)) {
        return false;
      }
    }
    return true;
  }

  /** What one informer has seen; told as a whole, and not before it has seen all. */
  private final class Known {
    private final Map<String, List<Cidr>> ranges = new TreeMap<>();
    private boolean whole;

    void seen(ServiceCIDR object) {
      ranges.put(object.getMetadata().getName(), read(object));
      tell();
    }

    void gone(ServiceCIDR object) {
      ranges.remove(object.getMetadata().getName());
      tell();
    }

    void listed() {
      if (!whole) {
        whole = true;
        tell();
        waitNoLonger();
      }
    }

    private void tell() {
      if (whole) {
        changes.accept(
            new Change.OfServiceCidrs(
                ranges.values().stream().flatMap(List::stream).distinct().toList()));
      }
    }

    private static List<Cidr> read(ServiceCIDR object) {
      var read = new ArrayList<Cidr>();
      if (object.getSpec() != null && object.getSpec().getCidrs() != null) {
        for (String text : object.getSpec().getCidrs()) {
          try {
            read.add(Cidr.parse(text));
          } catch (IllegalArgumentException e) {
            log.warn("ServiceCIDR {}: left out {}", object.getMetadata().getName(), e.getMessage());
          }
        }
      }
      return List.copyOf(read);
    }
  }
}
