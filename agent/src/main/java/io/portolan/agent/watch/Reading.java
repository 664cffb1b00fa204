package io.portolan.agent.watch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was understood of an object of the API.
 *
 * @param value null when there is nothing to serve
 * @param complaints what was left out because it makes no sense
 */
record Reading<T>(@Nullable T value, List<String> complaints) {}
