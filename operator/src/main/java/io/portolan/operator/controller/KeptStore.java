package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an informer remembers, less what nobody reads. JOSDK's own store of this kind says that it
 * is incomplete, and its informers then tell of objects before they have listed all of them.
 */
final class KeptStore<R extends HasMetadata> implements ItemStore<R> {
  private final UnaryOperator<R> kept;
  private final Map<String, R> objects = new ConcurrentHashMap<>();

  /**
   * A store that is empty.
   *
   * @param kept what is remembered of an object
   */
  KeptStore(UnaryOperator<R> kept) {
    this.kept = kept;
  }

  @Override
  public String getKey(R object) {
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public @Nullable R put(String key, R object) {
    return objects.put(key, kept.apply(object));
  }

  @Override
  public @Nullable R remove(String key) {
    return objects.remove(key);
  }

  @Override
  public Stream<String> keySet() {
    return objects.keySet().stream();
  }

  @Override
  public Stream<R> values() {
    return objects.values().stream();
  }

  @Override
  public int size() {
    return objects.size();
  }

  @Override
  public @Nullable R get(String key) {
    return objects.get(key);
  }
}
