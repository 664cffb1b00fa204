package io.portolan.operator.scale;

import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Watches that must not end before the run does. */
final class Watching {
  private static final AtomicReference<@Nullable WatcherException> ENDED = new AtomicReference<>();

  private Watching() {}

  static <T> Watcher<T> each(BiConsumer<Watcher.Action, T> what) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, T resource) {
        what.accept(action, resource);
      }

      @Override
      public void onClose(WatcherException cause) {
        ENDED.compareAndSet(null, cause);
      }
    };
  }

  static void mustGoOn() {
    WatcherException cause = ENDED.get();
    if (cause != null) {
      throw new IllegalStateException("a watch of the played cluster ended", cause);
    }
  }
}
