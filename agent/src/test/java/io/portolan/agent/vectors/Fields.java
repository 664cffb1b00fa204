package io.portolan.agent.vectors;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A map of a YAML file that is read field by field; {@link #end} refuses what nobody has read. A
 * field without a value (null) counts as absent, except where a method says otherwise.
 */
final class Fields {
  private final Map<String, @Nullable Object> values = new LinkedHashMap<>();
  private final Set<String> read = new HashSet<>();
  private final String where;

  /**
   * @param where the way to it, for messages; empty for the file itself
   */
  Fields(@Nullable Object node, String where) {
    this.where = where;
    if (!(node instanceof Map<?, ?> map)) {
      throw new BadCase(where + ": not a map: " + node);
    }
    map.forEach((key, value) -> values.put(String.valueOf(key), value));
  }

  /** The way to a field, for messages. */
  String at(String key) {
    return where.isEmpty() ? key : where + "." + key;
  }

  BadCase bad(String key, String what) {
    return new BadCase(at(key) + ": " + what);
  }

  Set<String> keys() {
    return values.keySet();
  }

  /** Whether the field is there, with or without a value. */
  boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value as it is; null when absent. */
  @Nullable Object raw(String key) {
    read.add(key);
    return values.get(key);
  }

  private Object required(String key) {
    Object value = raw(key);
    if (value == null) {
      throw bad(key, "required");
    }
    return value;
  }

  String text(String key) {
    if (required(key) instanceof String text) {
      return text;
    }
    throw bad(key, "not a text: " + raw(key));
  }

  String text(String key, String otherwise) {
    return raw(key) == null ? otherwise : text(key);
  }

  boolean flag(String key) {
    if (required(key) instanceof Boolean flag) {
      return flag;
    }
    throw bad(key, "neither true nor false: " + raw(key));
  }

  boolean flag(String key, boolean otherwise) {
    return raw(key) == null ? otherwise : flag(key);
  }

  @Nullable Boolean optionalFlag(String key) {
    return raw(key) == null ? null : (Boolean) flag(key);
  }

  int number(String key, int least, int most) {
    if (required(key) instanceof Integer number && number >= least && number <= most) {
      return number;
    }
    throw bad(key, "not a number from " + least + " to " + most + ": " + raw(key));
  }

  Fields fields(String key) {
    return new Fields(required(key), at(key));
  }

  /** Without the field a map without fields. */
  Fields fieldsOrNone(String key) {
    return new Fields(raw(key) == null ? Map.of() : raw(key), at(key));
  }

  /** Each element read by a function of a one-element map's field; absent: none. */
  List<Fields> maps(String key) {
    return elements(key).stream()
        .map(e -> new Fields(e.value(), e.where()))
        .collect(Collectors.toList());
  }

  /** Texts, each turned into a value; absent: none. */
  <T> List<T> texts(String key, Function<String, T> parser) {
    var parsed = new ArrayList<T>();
    for (Element e : elements(key)) {
      if (!(e.value() instanceof String text)) {
        throw new BadCase(e.where() + ": not a text: " + e.value());
      }
      parsed.add(parse(e.where(), text, parser));
    }
    return List.copyOf(parsed);
  }

  /** A text turned into a value. */
  <T> T parsed(String key, Function<String, T> parser) {
    return parse(at(key), text(key), parser);
  }

  /** One of a few words. */
  <E extends Enum<E>> E word(String key, Class<E> words) {
    String text = text(key);
    for (E word : words.getEnumConstants()) {
      if (word.toString().equals(text)) {
        return word;
      }
    }
    throw bad(key, "unknown value " + text);
  }

  private static <T> T parse(String where, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new BadCase(where + ": " + e.getMessage());
    }
  }

  /** One element of a list, and the way to it. */
  record Element(Object value, String where) {}

  List<Element> elements(String key) {
    Object value = raw(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw bad(key, "not a list: " + value);
    }
    var elements = new ArrayList<Element>();
    for (Object each : list) {
      String at = at(key) + "[" + elements.size() + "]";
      if (each == null) {
        throw new BadCase(at + ": empty");
      }
      elements.add(new Element(each, at));
    }
    return elements;
  }

  /** Refuses fields that were not asked for. */
  void end() {
    for (String key : values.keySet()) {
      if (!read.contains(key)) {
        throw bad(key, "unknown field");
      }
    }
  }
}
