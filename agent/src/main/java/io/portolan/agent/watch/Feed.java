package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.portolan.agent.sync.Change;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One informer that keeps no objects: each that arrives is handed on at once, and only its name and
 * version are remembered. It never gives up unless told so.
 */
final class Feed<T extends HasMetadata> implements SourceWatch {
  private static final Logger log = LoggerFactory.getLogger(Feed.class);

  /** Objects in one answer of the API server to a list; bounds the memory that a list needs. */
  private static final long PAGE = 250;

  private final Change.Source source;
  private final SharedIndexInformer<T> informer;
  private volatile boolean ended;

  /**
   * @param empty makes an object without content
   * @param seen told of every object that is new or changed
   * @param gone told of every object that is no more; of it only name and namespace are set
   * @param listed told whenever the API server has listed everything
   */
  Feed(
      Change.Source source,
      Informable<T> objects,
      Supplier<T> empty,
      Consumer<T> seen,
      Consumer<T> gone,
      Runnable listed) {
    this(source, objects, empty, seen, gone, listed, failure -> true);
  }

  /**
   * One that gives up when that is of no use.
   *
   * @param retry whether to go on trying after a failure
   */
  Feed(
      Change.Source source,
      Informable<T> objects,
      Supplier<T> empty,
      Consumer<T> seen,
      Consumer<T> gone,
      Runnable listed,
      Predicate<Throwable> retry) {
    this.source = source;
    this.informer =
        objects
            .withLimit(PAGE)
            .runnableInformer(0)
            .itemStore(new KeyStore<>(empty))
            // The default stops the informer for good, silently, on whatever is no network failure.
            .exceptionHandler((started, failure) -> retry.test(failure))
            .addEventHandler(
                new ResourceEventHandler<T>() {
                  @Override
                  public void onAdd(T object) {
                    hand(seen, object);
                  }

                  @Override
                  public void onUpdate(T before, T object) {
                    hand(seen, object);
                  }

                  @Override
                  public void onDelete(T object, boolean finalStateUnknown) {
                    hand(gone, object);
                  }

                  @Override
                  public void onList(String resourceVersion, boolean remainedEmpty) {
                    listed.run();
                  }
                });
  }

  @Override
  public void start() {
    start(() -> {});
  }

  /**
   * Starts; returns at once.
   *
   * @param gaveUp told once when it has given up, or was closed
   */
  void start(Runnable gaveUp) {
    informer
        .stopped()
        .whenComplete(
            (done, failure) -> {
              ended = true;
              gaveUp.run();
            });
    informer.start();
  }

  @Override
  public boolean alive() {
    return !ended;
  }

  @Override
  public boolean watching() {
    return informer.isWatching();
  }

  @Override
  public Change.Source source() {
    return source;
  }

  @Override
  public void close() {
    informer.stop();
  }

  private void hand(Consumer<T> to, T object) {
    try {
      to.accept(object);
    } catch (RuntimeException e) {
      log.error(
          "left out {} {}/{}",
          object.getKind(),
          object.getMetadata().getNamespace(),
          object.getMetadata().getName(),
          e);
    }
  }
}
