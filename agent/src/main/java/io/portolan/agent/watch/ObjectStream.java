package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portolan.agent.proto.Bookmark;
import io.portolan.agent.proto.ListPage;
import io.portolan.agent.proto.ObjectProto;
import io.portolan.agent.proto.ProtoException;
import io.portolan.agent.proto.ProtoReader;
import io.portolan.agent.proto.StatusProto;
import io.portolan.agent.proto.WatchEvent;
import io.portolan.agent.sync.Backoff;
import io.portolan.agent.sync.Change;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all objects of a kind that a proxy serves, in protobuf, and hands on each as it comes. Of
 * an object only its name is kept. A thread of its own does it, and tries for ever; see
 * docs/design/watch.md.
 *
 * @param <T> the kind
 * @param <K> its names
 */
final class ObjectStream<T extends HasMetadata, K> implements SourceWatch {
  private static final Logger log = LoggerFactory.getLogger(ObjectStream.class);

  /** Changes missed while it waits are traffic to Pods that are gone: so never long. */
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(300), Duration.ofSeconds(10));

  /** A connection that held so long was a good one: the next wait is the first again. */
  private static final Duration GOOD = Duration.ofSeconds(10);

  /** Watches end by themselves after 5 to 10 minutes, as client-go's do: nodes spread again. */
  private static final int LEAST_SECONDS = 300;

  private static final int PAGE = 500;
  private static final int LONGEST_PAGE = 256 << 20;

  /** Refusals that say: not with this version. Others may pass, and a new list costs much. */
  private static final Set<Integer> OTHER_VERSION = Set.of(400, 410, 422, 504);

  private static final Set<Integer> NO_INITIAL_EVENTS = Set.of(400, 422);

  private final Change.Source source;
  private final ProtoRequests requests;
  private final ObjectProto<T> proto;
  private final Function<T, K> name;
  private final Consumer<T> seen;
  private final Consumer<K> gone;
  private final Runnable listed;
  private final KnownNames<K> names = new KnownNames<>();
  private final Thread thread;

  private @Nullable String version;
  private boolean broken;
  private int failures;
  private volatile boolean watching;
  private volatile boolean ended;

  /**
   * @param seen told of every object that is new or changed
   * @param gone told the name of every object that is no more
   * @param listed told whenever everything was listed
   */
  ObjectStream(
      Change.Source source,
      ProtoRequests requests,
      ObjectProto<T> proto,
      Function<T, K> name,
      Consumer<T> seen,
      Consumer<K> gone,
      Runnable listed) {
    this.source = source;
    this.requests = requests;
    this.proto = proto;
    this.name = name;
    this.seen = seen;
    this.gone = gone;
    this.listed = listed;
    this.thread = Thread.ofPlatform().daemon().name("watch-" + source).unstarted(this::run);
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public boolean alive() {
    return !ended;
  }

  @Override
  public boolean watching() {
    return watching;
  }

  @Override
  public Change.Source source() {
    return source;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long start = System.nanoTime();
        try {
          follow();
        } catch (Refusal e) {
          if (OTHER_VERSION.contains(e.code())) {
            version = null;
          }
          if (e.code() == 410) {
            log.debug("{}: a new list is needed: {}", source, e.getMessage());
          } else {
            broken(e);
          }
        } catch (InterruptedIOException e) {
          log.debug("{}: closed", source);
          return;
        } catch (IOException | ProtoException e) {
          broken(e);
        } catch (RuntimeException e) {
          log.error("the watch of {} failed, and begins again with a list", source, e);
          version = null;
          broken(e);
        }
        pause(Duration.ofNanos(System.nanoTime() - start));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watching = false;
      ended = true;
    }
  }

  /** Lists if need be, and watches until the connection ends. */
  private void follow() throws IOException, InterruptedException {
    if (version == null) {
      try {
        watch(null);
        return;
      } catch (Refusal e) {
        if (!NO_INITIAL_EVENTS.contains(e.code())) {
          throw e;
        }
        log.debug("{}: no list by watch, so by pages: {}", source, e.getMessage());
      }
      version = pages();
    }
    watch(version);
  }

  /**
   * @param from the version to go on from; null: everything that there is, and then on
   */
  private void watch(@Nullable String from) throws IOException, InterruptedException {
    var parameters = new LinkedHashMap<String, String>();
    parameters.put("watch", "1");
    parameters.put("allowWatchBookmarks", "true");
    parameters.put("labelSelector", ServedLabels.SELECTOR);
    int seconds = LEAST_SECONDS + ThreadLocalRandom.current().nextInt(LEAST_SECONDS);
    parameters.put("timeoutSeconds", Integer.toString(seconds));
    if (from == null) {
      parameters.put("sendInitialEvents", "true");
      parameters.put("resourceVersionMatch", "NotOlderThan");
      names.list();
    } else {
      parameters.put("resourceVersion", from);
    }
    Body body = requests.get(parameters);
    try {
      watching = true;
      var frames = new Frames(body);
      while (frames.next()) {
        event(WatchEvent.read(frames.bytes(), 0, frames.length(), source.name()));
        whole();
      }
      if (version == null) {
        throw new IOException("the answer ended within the list");
      }
    } finally {
      body.cancel();
    }
  }

  private void event(WatchEvent event) throws Refusal {
    switch (event.type()) {
      case "ADDED", "MODIFIED" -> object(event.object(), true);
      case "DELETED" -> object(event.object(), false);
      case "BOOKMARK" -> {
        Bookmark bookmark = Bookmark.read(event.object());
        if (version != null) {
          version = bookmark.version();
        } else if (bookmark.initialEnd()) {
          listed(bookmark.version());
        }
      }
      case "ERROR" -> {
        // Whatever it says, what comes after our version cannot be told.
        version = null;
        StatusProto status = StatusProto.read(event.object());
        throw new Refusal(status.code(), status.message());
      }
      default -> log.warn("{}: an event of type \"{}\" is unknown", source, event.type());
    }
  }

  /** Lists in pages, as every API server can; gives the version of the list. */
  private String pages() throws IOException, InterruptedException {
    names.list();
    String more = "";
    do {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("labelSelector", ServedLabels.SELECTOR);
      parameters.put("limit", Integer.toString(PAGE));
      if (!more.isEmpty()) {
        parameters.put("continue", more);
      }
      ListPage page = ListPage.read(requests.get(parameters).all(LONGEST_PAGE), source.name());
      page.items().forEach(item -> object(item, true));
      more = page.more();
      if (more.isEmpty()) {
        listed(page.version());
        return page.version();
      }
    } while (true);
  }

  private void listed(String of) {
    names.listed().forEach(name -> hand(gone, name, name));
    version = of;
    listed.run();
  }

  private void object(ProtoReader in, boolean there) {
    T object;
    try {
      object = proto.read(in);
    } catch (ProtoException e) {
      log.error("left out an object of {} that cannot be read", source, e);
      return;
    }
    K key = name.apply(object);
    if (there) {
      names.seen(key);
      hand(seen, object, key);
    } else {
      names.gone(key);
      hand(gone, key, key);
    }
    if (version != null) {
      version = object.getMetadata().getResourceVersion();
    }
  }

  private <X> void hand(Consumer<X> to, X what, K key) {
    try {
      to.accept(what);
    } catch (RuntimeException e) {
      log.error("left out {} of {}", key, source, e);
    }
  }

  /** An outage ends with the first event: an answer that breaks off at once is no end of it. */
  private void whole() {
    if (broken) {
      broken = false;
      log.info("the watch of {} is connected again", source);
    }
  }

  private void broken(Exception why) {
    watching = false;
    if (!broken) {
      broken = true;
      log.warn(
          "the watch of {} broke and is tried until it is back: {}: {}",
          source,
          why.getClass().getSimpleName(),
          why.getMessage());
    }
  }

  /** Waits before the next connection; not after one that held and ended as it should. */
  private void pause(Duration held) throws InterruptedException {
    boolean good = held.compareTo(GOOD) >= 0;
    failures = good ? 0 : failures + 1;
    if (good && !broken) {
      return;
    }
    long wait = BACKOFF.after(Math.max(failures, 1)).toMillis();
    // Nodes that lost the same API server must not all come back at once.
    Thread.sleep(wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1));
  }
}
