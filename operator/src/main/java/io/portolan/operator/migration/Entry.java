package io.portolan.operator.migration;

import org.jspecify.annotations.Nullable;

/**
 * One field as it was read.
 *
 * @param field its path, such as {@code conntrack.min}
 * @param line from 1; 0 when the field is not there
 * @param shown its value as text on one line; {@code not set} if null or not there
 * @param value null when it is not set, or wrong, which {@link Problems} then has
 */
record Entry<T>(String field, int line, String shown, @Nullable T value) {
  static final String NOT_SET = "not set";

  T or(T otherwise) {
    return value == null ? otherwise : value;
  }

  boolean isSet() {
    return !shown.equals(NOT_SET);
  }
}
