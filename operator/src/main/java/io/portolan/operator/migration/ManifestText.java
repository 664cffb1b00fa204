package io.portolan.operator.migration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes a ProxyConfig with comments, in the order of its records. */
final class ManifestText {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WIDTH = 100;

  /** What YAML cannot take for anything but a text, in any version. */
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z][A-Za-z0-9./-]*|[0-9][0-9./]*/[0-9]+");

  private static final Pattern WORDS_WITH_A_MEANING =
      Pattern.compile("(?i)true|false|yes|no|on|off|y|n|null");

  /** A duration, such as 24h: no version of YAML takes one for a number. */
  private static final Pattern DURATION = Pattern.compile("[0-9]+(ms|s|m|h)");

  private final Map<String, String> comments;
  private final StringBuilder text = new StringBuilder();

  private ManifestText(Map<String, String> comments) {
    this.comments = comments;
  }

  static String of(ProxyConfig config, String title, Map<String, String> comments) {
    var manifest = new ManifestText(comments);
    manifest.comment("", title);
    manifest.text.append("apiVersion: ").append(config.getApiVersion()).append('\n');
    manifest.text.append("kind: ").append(config.getKind()).append('\n');
    manifest.text.append("metadata:\n  name: ");
    manifest.text.append(scalar(config.getMetadata().getName())).append('\n');
    manifest.field("", "spec", "spec", JSON.valueToTree(config.getSpec()));
    return manifest.text.toString();
  }

  private void field(String indent, String path, String name, JsonNode value) {
    String comment = comments.get(path);
    if (comment != null) {
      comment(indent, comment);
    }
    text.append(indent).append(name).append(':');
    if (value.isObject()) {
      text.append('\n');
      value
          .properties()
          .forEach(e -> field(indent + "  ", path + "." + e.getKey(), e.getKey(), e.getValue()));
    } else if (value.isArray()) {
      String separator = " [";
      for (JsonNode item : value) {
        text.append(separator).append(scalar(item));
        separator = ", ";
      }
      text.append("]\n");
    } else {
      text.append(' ').append(scalar(value)).append('\n');
    }
  }

  private void comment(String indent, String words) {
    var line = new StringBuilder(indent).append('#');
    for (String word : words.split(" ", -1)) {
      if (line.length() + 1 + word.length() > WIDTH && line.length() > indent.length() + 1) {
        text.append(line).append('\n');
        line = new StringBuilder(indent).append('#');
      }
      line.append(' ').append(word);
    }
    text.append(line).append('\n');
  }

  private static String scalar(JsonNode value) {
    return value.isTextual() ? scalar(value.textValue()) : value.toString();
  }

  private static String scalar(String value) {
    boolean plain =
        DURATION.matcher(value).matches()
            || (PLAIN.matcher(value).matches() && !WORDS_WITH_A_MEANING.matcher(value).matches());
    // JSON's way to quote is one of YAML's.
    return plain ? value : JSON.getNodeFactory().textNode(value).toString();
  }
}
