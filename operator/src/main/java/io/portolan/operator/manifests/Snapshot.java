package io.portolan.operator.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Takeover;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Everything that a revision gives a node: the settings, and the Pod of its agent. */
public record Snapshot(Settings settings, PodSpec pod) {
  private static final int SHOWN = 20;
  private static final int LONGEST = 200;

  /** What the spec asks for. */
  public static Snapshot of(ProxyConfig config, Installation installation) {
    return new Snapshot(
        Settings.of(Revisions.spec(config)), AgentDaemonSet.pod(config, installation));
  }

  /** What a revision holds; empty when it holds something else. */
  public static Optional<Snapshot> of(ControllerRevision revision) {
    JsonNode data = ContentHash.tree(revision.getData());
    return data.has("settings") && data.has("pod")
        ? Optional.of(
            new Snapshot(
                ContentHash.value(data.get("settings"), Settings.class),
                ContentHash.value(data.get("pod"), PodSpec.class)))
        : Optional.empty();
  }

  /**
   * What comes before a takeover where nothing was ever good: the same, but the other proxy has the
   * nodes. Empty when this takes nothing over.
   */
  public Optional<Snapshot> baseline() {
    Takeover takeover = settings.takeover();
    return takeover == null || Boolean.TRUE.equals(takeover.giveBack())
        ? Optional.empty()
        : Optional.of(
            new Snapshot(
                new Settings(
                    settings.mode(),
                    settings.affinity(),
                    settings.traffic(),
                    settings.conntrack(),
                    settings.sync(),
                    settings.logLevel(),
                    settings.iptables(),
                    new Takeover(takeover.from(), true)),
                pod));
  }

  /** Name of the revision of a ProxyConfig that holds this. */
  public String name(String config) {
    return config + "-" + ContentHash.of(content());
  }

  /** Hash of the shape of the agents' Pods. */
  public String podHash() {
    return ContentHash.of(pod);
  }

  Map<String, Object> content() {
    return new TreeMap<>(Map.of("settings", settings, "pod", pod));
  }

  /** What differs, as {@code path: before -> after}; at most {@value #SHOWN}. */
  public static List<String> differences(Snapshot before, Snapshot after) {
    Map<String, String> old = leaves(before);
    Map<String, String> now = leaves(after);
    var paths = new TreeMap<>(old);
    paths.putAll(now);
    var differences = new ArrayList<String>();
    for (String path : paths.keySet()) {
      String one = old.getOrDefault(path, "absent");
      String other = now.getOrDefault(path, "absent");
      if (!one.equals(other) && differences.size() < SHOWN) {
        differences.add("%s: %s -> %s".formatted(path, shortened(one), shortened(other)));
      }
    }
    return differences;
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  private static Map<String, String> leaves(Snapshot snapshot) {
    var leaves = new TreeMap<String, String>();
    collect("", ContentHash.tree(snapshot.content()), leaves);
    return leaves;
  }

  private static void collect(String path, JsonNode node, Map<String, String> leaves) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              field ->
                  collect(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      leaves));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        collect(path + "[" + i + "]", Objects.requireNonNull(node.get(i)), leaves);
      }
    } else {
      leaves.put(path, node.asText());
    }
  }
}
