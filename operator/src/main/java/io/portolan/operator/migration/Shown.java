package io.portolan.operator.migration;

import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Values of the YAML as text on one line. */
final class Shown {
  private static final int MOST_CHARACTERS = 200;

  private Shown() {}

  static String of(Node node) {
    return switch (node) {
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> Entry.NOT_SET;
      case ScalarNode scalar -> line(scalar.getValue());
      // What is deeper is not told: an alias may make it endless.
      case SequenceNode list when list.getValue().stream().allMatch(ScalarNode.class::isInstance) ->
          line(list.getValue().stream().map(Shown::of).collect(Collectors.joining(", ", "[", "]")));
      case SequenceNode list -> "a list of " + list.getValue().size();
      case MappingNode mapping when mapping.getValue().isEmpty() -> "{}";
      case MappingNode mapping ->
          mapping.getValue().size() == 1
              ? "a mapping of 1 field"
              : "a mapping of " + mapping.getValue().size() + " fields";
      default -> "a value";
    };
  }

  private static String line(String text) {
    if (text.isEmpty()) {
      return "\"\"";
    }
    String flat = text.replaceAll("\\p{Cntrl}", " ");
    return flat.length() <= MOST_CHARACTERS ? flat : flat.substring(0, MOST_CHARACTERS) + "...";
  }
}
