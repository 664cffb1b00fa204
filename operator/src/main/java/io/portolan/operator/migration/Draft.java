package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.AgentPod;
import io.portolan.api.v1alpha1.Conntrack;
import io.portolan.api.v1alpha1.DetectLocal;
import io.portolan.api.v1alpha1.Iptables;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Sync;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
import io.portolan.api.v1alpha1.Traffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ProxyConfig and the report while they are made. A field that stays null has its default. */
final class Draft {
  final Problems problems;

  @Nullable Mode mode;
  @Nullable DetectLocal detectLocal;
  @Nullable Boolean masqueradeAll;
  @Nullable List<String> nodePortAddresses;
  @Nullable Boolean localhostNodePorts;
  @Nullable Integer masqueradeBit;
  @Nullable String minInterval;
  @Nullable String auditInterval;
  @Nullable Conntrack conntrack;
  @Nullable LogLevel logLevel;

  private final List<FieldReport> fields = new ArrayList<>();
  private final Map<String, String> comments = new LinkedHashMap<>();

  Draft(Problems problems) {
    this.problems = problems;
  }

  void same(Entry<?> entry, String target, String why) {
    fields.add(report(Verdict.SAME, entry, target, why));
  }

  void changed(Entry<?> entry, @Nullable String target, String why) {
    fields.add(report(Verdict.CHANGED, entry, target, why));
  }

  void noMeaning(Entry<?> entry, String why) {
    fields.add(report(Verdict.NO_MEANING, entry, null, why));
  }

  void unknown(Entry<?> entry, String why) {
    fields.add(report(Verdict.UNKNOWN, entry, null, why));
  }

  /**
   * A comment in the YAML.
   *
   * @param path of the field that it stands above, such as {@code spec.sync.minInterval}
   */
  void comment(String path, String text) {
    comments.merge(path, text, (a, b) -> a + " " + b);
  }

  List<FieldReport> fields() {
    return List.copyOf(fields);
  }

  Map<String, String> comments() {
    return Map.copyOf(comments);
  }

  ProxyConfigSpec spec() {
    return new ProxyConfigSpec(
        null,
        null,
        mode,
        null,
        null,
        anyOf(detectLocal, masqueradeAll, nodePortAddresses, localhostNodePorts)
            ? new Traffic(detectLocal, masqueradeAll, nodePortAddresses, localhostNodePorts)
            : null,
        conntrack,
        anyOf(minInterval, auditInterval) ? new Sync(minInterval, auditInterval) : null,
        logLevel == null ? null : new AgentPod(null, logLevel, null, null),
        null,
        masqueradeBit == null ? null : new Iptables(null, masqueradeBit),
        new Takeover(TakeoverFrom.KUBE_PROXY, null));
  }

  private static FieldReport report(
      Verdict verdict, Entry<?> entry, @Nullable String target, String why) {
    return new FieldReport(verdict, entry.field(), entry.shown(), target, why);
  }

  static boolean anyOf(@Nullable Object... values) {
    return Stream.of(values).anyMatch(Objects::nonNull);
  }
}
