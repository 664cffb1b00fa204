package io.portolan.api.testing;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests something that is dear to start, as a parameter of its type: started for the first
 * test that takes it, closed after the last test of the run.
 */
public abstract class OncePerRun<T extends AutoCloseable> implements ParameterResolver {
  private final Class<T> type;
  private final Callable<T> start;

  /** Answers parameters of exactly this type. */
  protected OncePerRun(Class<T> type, Callable<T> start) {
    this.type = type;
    this.start = start;
  }

  @Override
  public final boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType().equals(type);
  }

  @Override
  public final @Nullable Object resolveParameter(
      ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(OncePerRun.class))
        .computeIfAbsent(type, ignored -> started(), type);
  }

  private T started() {
    try {
      return start.call();
    } catch (Exception e) {
      throw new IllegalStateException("cannot start " + type.getSimpleName(), e);
    }
  }
}
