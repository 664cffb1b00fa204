package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an informer must remember of each object: its name, and its version to tell a change. The
 * object itself was turned into our own record when it arrived and is not kept.
 */
final class KeyStore<T extends HasMetadata> implements ItemStore<T> {
  private final Map<String, String> versions = new ConcurrentHashMap<>();
  private final Supplier<T> empty;

  KeyStore(Supplier<T> empty) {
    this.empty = empty;
  }

  @Override
  public String getKey(T object) {
    ObjectMeta meta = object.getMetadata();
    return meta.getNamespace() == null
        ? meta.getName()
        : meta.getNamespace() + "/" + meta.getName();
  }

  @Override
  public @Nullable T put(String key, T object) {
    String version = object.getMetadata().getResourceVersion();
    return stub(key, versions.put(key, version == null ? "" : version));
  }

  @Override
  public @Nullable T remove(String key) {
    return stub(key, versions.remove(key));
  }

  @Override
  public Stream<String> keySet() {
    return versions.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return versions.entrySet().stream().map(e -> full(e.getKey(), e.getValue()));
  }

  @Override
  public int size() {
    return versions.size();
  }

  @Override
  public @Nullable T get(String key) {
    return stub(key, versions.get(key));
  }

  /** Adds must be told with the object that arrived: this store could not give it back later. */
  @Override
  public boolean isFullState() {
    return false;
  }

  private @Nullable T stub(String key, @Nullable String version) {
    return version == null ? null : full(key, version);
  }

  private T full(String key, String version) {
    int slash = key.indexOf('/');
    var meta = new ObjectMeta();
    if (slash >= 0) {
      meta.setNamespace(key.substring(0, slash));
    }
    meta.setName(key.substring(slash + 1));
    meta.setResourceVersion(version);
    T object = empty.get();
    object.setMetadata(meta);
    return object;
  }
}
