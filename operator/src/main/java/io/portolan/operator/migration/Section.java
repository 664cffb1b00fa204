package io.portolan.operator.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping of the YAML, read field by field; it knows which ones were never asked for. Types are
 * those of kube-proxy: a number in quotes is a text, and {@code yes} without quotes is true.
 */
final class Section {
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,18}");

  private final String path;
  private final Problems problems;
  private final Map<String, Node> fields = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Map<String, Section> sections = new HashMap<>();
  private final Set<String> read = new HashSet<>();

  /** The mapping itself; absent, all its fields are not set. */
  Section(String path, @Nullable MappingNode node, Problems problems) {
    this.path = path;
    this.problems = problems;
    if (node != null) {
      node.getValue().forEach(t -> put(t.getKeyNode(), t.getValueNode()));
    }
  }

  private void put(Node key, Node value) {
    String name = key instanceof ScalarNode scalar ? scalar.getValue() : "a key that is no text";
    int line = Documents.line(key);
    Integer before = lines.put(name, line);
    if (before != null) {
      problems.add(
          line, field(name), "is given twice, first in line %d: remove one".formatted(before));
    }
    fields.put(name, value);
  }

  /** The mapping below, always the same; what is not there reads as one without fields. */
  Section section(String name) {
    Section section = sections.get(name);
    if (section == null) {
      section = below(name);
      sections.put(name, section);
    }
    return section;
  }

  private Section below(String name) {
    Node node = node(name);
    if (node != null && !(node instanceof MappingNode)) {
      wrong(name, node, "must be a mapping of fields, such as {}");
    }
    return new Section(field(name), node instanceof MappingNode mapping ? mapping : null, problems);
  }

  Entry<String> text(String name) {
    return scalar(name, "a text", ScalarNode::getValue);
  }

  Entry<Boolean> flag(String name) {
    return scalar(name, "true or false, without quotes", Section::flag);
  }

  /** A whole number within bounds, both inclusive. */
  Entry<Integer> number(String name, int least, int most) {
    return scalar(
        name,
        "a whole number from " + least + " to " + most + ", without quotes",
        node -> {
          if (!node.isPlain() || !WHOLE.matcher(node.getValue()).matches()) {
            return null;
          }
          long number = Long.parseLong(node.getValue());
          return number < least || number > most ? null : (int) number;
        });
  }

  /** A duration that is not negative. */
  Entry<Duration> duration(String name) {
    return scalar(
        name,
        "a duration of 0s or more with a unit, such as 30s or 1h30m",
        node -> ProxyDuration.parse(node.getValue()));
  }

  Entry<List<String>> texts(String name) {
    Node node = node(name);
    if (node == null) {
      return absent(name);
    }
    var texts = new ArrayList<String>();
    boolean right = node instanceof SequenceNode;
    if (node instanceof SequenceNode sequence) {
      for (Node item : sequence.getValue()) {
        right &= item instanceof ScalarNode;
        texts.add(Shown.of(item));
      }
    }
    if (!right) {
      wrong(name, node, "must be a list of texts");
    }
    return new Entry<>(field(name), Documents.line(node), Shown.of(node), right ? texts : null);
  }

  /** A field whose value matters to no one here; any type will do. */
  Entry<String> any(String name) {
    Node node = node(name);
    return node == null
        ? absent(name)
        : new Entry<>(field(name), Documents.line(node), Shown.of(node), Shown.of(node));
  }

  /** Names of the fields, in the order of the input. */
  List<String> names() {
    return List.copyOf(fields.keySet());
  }

  /** What was never asked for. */
  List<Entry<String>> unread() {
    return names().stream().filter(name -> !read.contains(name)).map(this::unknown).toList();
  }

  private Entry<String> unknown(String name) {
    Node node = fields.get(name);
    String shown = node == null ? Entry.NOT_SET : Shown.of(node);
    return new Entry<>(field(name), lines.getOrDefault(name, 0), shown, shown);
  }

  /** The field of this section that differs from the name in upper and lower case alone. */
  @Nullable String meant(String name) {
    return read.stream().filter(name::equalsIgnoreCase).findFirst().orElse(null);
  }

  private <T> Entry<T> scalar(
      String name, String wanted, Function<ScalarNode, @Nullable T> reading) {
    Node node = node(name);
    if (node == null) {
      return absent(name);
    }
    T value = node instanceof ScalarNode scalar ? reading.apply(scalar) : null;
    if (value == null) {
      wrong(name, node, "%s is wrong: write %s".formatted(Shown.of(node), wanted));
    }
    return new Entry<>(field(name), Documents.line(node), Shown.of(node), value);
  }

  private static @Nullable Boolean flag(ScalarNode node) {
    // The words of YAML 1.1, which kube-proxy reads with.
    return !node.isPlain()
        ? null
        : switch (node.getValue().toLowerCase(Locale.ROOT)) {
          case "true", "yes", "on", "y" -> Boolean.TRUE;
          case "false", "no", "off", "n" -> Boolean.FALSE;
          default -> null;
        };
  }

  private <T> Entry<T> absent(String name) {
    return new Entry<>(field(name), 0, Entry.NOT_SET, null);
  }

  /** Null for what is absent, and for null. */
  private @Nullable Node node(String name) {
    read.add(name);
    Node node = fields.get(name);
    return node == null || node.getTag().equals(Tag.NULL) ? null : node;
  }

  private void wrong(String name, Node node, String what) {
    problems.add(Documents.line(node), field(name), what);
  }

  private String field(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
