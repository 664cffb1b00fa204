package io.portolan.operator.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Finds the one {@code KubeProxyConfiguration} of a text: a document of it (JSON is YAML too), or
 * within a ConfigMap or a List. Other objects beside it are passed over, so that a file for kubeadm
 * will do.
 */
final class Documents {
  /** How deep Lists may lie in each other; an alias could make it endless. */
  private static final int MOST_LISTS = 4;

  private static final String KIND = "KubeProxyConfiguration";
  private static final String GROUP = "kubeproxy.config.k8s.io/";

  /** Where kubeadm has it in its ConfigMap; other keys are looked at if they hold the kind. */
  private static final String KUBEADM_KEY = "config.conf";

  private final List<Found> found = new ArrayList<>();
  private final List<String> others = new ArrayList<>();

  private Documents() {}

  /**
   * A configuration.
   *
   * @param source where it was, for messages
   */
  record Found(String source, MappingNode root) {}

  /**
   * The only one.
   *
   * @param source what the text is, for messages
   * @throws ImportRefused when there is none or more than one, or the text is no YAML
   */
  static Found only(String source, String text) {
    var documents = new Documents();
    documents.readAll(source, text);
    if (documents.found.size() == 1) {
      return documents.found.getFirst();
    }
    if (!documents.found.isEmpty()) {
      throw new ImportRefused(
          "%s has %d configurations of kube-proxy (%s): give one of them; each makes a ProxyConfig"
              .formatted(
                  source,
                  documents.found.size(),
                  documents.found.stream().map(Found::source).collect(Collectors.joining("; "))));
    }
    throw new ImportRefused(
        documents.others.isEmpty()
            ? source
                + " is empty: give a KubeProxyConfiguration, or the ConfigMap that holds it, such as"
                + " `kubectl -n kube-system get configmap kube-proxy -o yaml`"
            : "%s has no KubeProxyConfiguration, but %s: give one, or the ConfigMap that holds it"
                .formatted(source, String.join(", ", documents.others)));
  }

  /** Line of a node, from 1; 0 when unknown. */
  static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  private void readAll(String source, String text) {
    var settings = LoadSettings.builder().setSchema(new CoreSchema()).setLabel(source).build();
    try {
      int number = 0;
      for (Node document : new Compose(settings).composeAllFromString(text)) {
        number++;
        read(number == 1 ? source : source + ", document " + number, document, MOST_LISTS);
      }
    } catch (MarkedYamlEngineException e) {
      String where = e.getProblemMark().map(m -> ", line " + (m.getLine() + 1)).orElse("");
      throw new ImportRefused("%s%s: no YAML: %s".formatted(source, where, e.getProblem()));
    } catch (YamlEngineException e) {
      throw new ImportRefused(
          "%s: no YAML: %s"
              .formatted(source, Objects.toString(e.getMessage()).lines().findFirst().orElse("")));
    }
  }

  private void read(String source, Node document, int depth) {
    if (document instanceof ScalarNode scalar && scalar.getValue().isBlank()) {
      return;
    }
    if (!(document instanceof MappingNode root)) {
      others.add(Shown.of(document));
      return;
    }
    String kind = text(root, "kind");
    String apiVersion = text(root, "apiVersion");
    if (kind == null || apiVersion == null) {
      if (kind != null && kind.equals(KIND)) {
        throw new ImportRefused(
            "%s, line %d: apiVersion: is missing: write apiVersion: %sv1alpha1"
                .formatted(source, line(root), GROUP));
      }
      others.add(
          kind == null ? "an object without kind (line " + line(root) + ")" : "kind " + kind);
    } else if (kind.equals(KIND)) {
      version(source, root, apiVersion);
      found.add(new Found(source, root));
    } else if (kind.equals("ConfigMap")) {
      configMap(root);
    } else if (kind.endsWith("List") && value(root, "items") instanceof SequenceNode items) {
      if (depth > 0) {
        items.getValue().forEach(item -> read(source, item, depth - 1));
      }
    } else {
      others.add("kind " + kind);
    }
  }

  private static void version(String source, MappingNode root, String apiVersion) {
    if (apiVersion.equals(GROUP + "v1alpha1")) {
      return;
    }
    Node at = Objects.requireNonNull(value(root, "apiVersion"));
    throw new ImportRefused(
        "%s, line %d: apiVersion: %s is not known: write %sv1alpha1, the only version that a release"
                .formatted(source, line(at), apiVersion, GROUP)
            + " of Kubernetes up to 1.37 reads");
  }

  private void configMap(MappingNode root) {
    String name = name(root);
    int before = found.size();
    if (value(root, "data") instanceof MappingNode data) {
      for (NodeTuple tuple : data.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode key
            && tuple.getValueNode() instanceof ScalarNode text
            && (key.getValue().equals(KUBEADM_KEY) || text.getValue().contains(KIND))) {
          readAll("ConfigMap %s, data.%s".formatted(name, key.getValue()), text.getValue());
        }
      }
    }
    if (found.size() == before) {
      others.add("a ConfigMap " + name + " without one in its data");
    }
  }

  private static String name(MappingNode configMap) {
    if (!(value(configMap, "metadata") instanceof MappingNode metadata)) {
      return "without a name";
    }
    String namespace = text(metadata, "namespace");
    String name = Objects.requireNonNullElse(text(metadata, "name"), "without a name");
    return namespace == null ? name : namespace + "/" + name;
  }

  private static @Nullable String text(MappingNode node, String name) {
    return value(node, name) instanceof ScalarNode scalar && !scalar.getValue().isEmpty()
        ? scalar.getValue()
        : null;
  }

  private static @Nullable Node value(MappingNode node, String name) {
    return node.getValue().stream()
        .filter(t -> t.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name))
        .map(NodeTuple::getValueNode)
        .findFirst()
        .orElse(null);
  }
}
