package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What the generator's annotations cannot say, or what it says wrongly: how lists merge, formats,
 * the order of columns, and the schema of Kubernetes' own types, which carry no bounds in fabric8's
 * model.
 */
final class SchemaDetails {
  private static final String DNS_NAME = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?";

  private SchemaDetails() {}

  /** Changes the definition and returns it. */
  static CustomResourceDefinition addTo(
      CustomResourceDefinition crd, Class<? extends HasMetadata> type) {
    var version = crd.getSpec().getVersions().getFirst();
    var columns = Arrays.stream(type.getAnnotationsByType(AdditionalPrinterColumn.class));
    var order = columns.map(AdditionalPrinterColumn::name).toList();
    version
        .getAdditionalPrinterColumns()
        .sort(
            Comparator.comparingInt(
                (CustomResourceColumnDefinition c) -> order.indexOf(c.getName())));
    for (var column : version.getAdditionalPrinterColumns()) {
      // The API server does not store a priority of 0: each apply would see a difference.
      column.setPriority(Objects.equals(column.getPriority(), 0) ? null : column.getPriority());
    }
    var root = version.getSchema().getOpenAPIV3Schema();
    root.setDescription(
        Objects.requireNonNull(type.getAnnotation(JsonClassDescription.class)).value());
    root.setRequired(List.of("spec"));
    at(root, "spec").setDescription("What is wanted.");
    at(root, "status").setDescription("What was last seen and done.");
    if (type.equals(ProxyConfig.class)) {
      proxyConfig(root);
    } else {
      nodeProxy(root);
    }
    all(root).forEach(SchemaDetails::tidy);
    return crd;
  }

  private static void proxyConfig(JSONSchemaProps root) {
    nodeSelector(at(root, "spec.nodeSelector"));
    traffic(at(root, "spec.traffic"));
    resources(at(root, "spec.resources"));
    tolerations(at(root, "spec.agent.tolerations"));
    rollout(at(root, "spec.rollout"), at(root, "status.rollout"));
    at(root, "status.failedNodes").setXKubernetesListType("atomic");
    at(root, "status.observedGeneration").setFormat("int64");
    conditions(at(root, "status.conditions"));
  }

  private static void rollout(JSONSchemaProps asked, JSONSchemaProps told) {
    at(asked, "maxUnavailable").setMaxLength(16L);
    nodeSelector(at(asked, "canary.selector"));
    for (var list : List.of("waves", "waves[].zones", "windows", "windows[].days", "gates")) {
      at(asked, list).setXKubernetesListType("atomic");
    }
    for (var list :
        List.of(
            "moving",
            "unproven",
            "preview.waves",
            "preview.waves[].names",
            "preview.differences")) {
      at(told, list).setXKubernetesListType("atomic");
    }
    at(told, "began").setFormat("date-time");
    at(told, "soakSince").setFormat("date-time");
    at(told, "failure.time").setFormat("date-time");
  }

  private static void nodeProxy(JSONSchemaProps root) {
    traffic(at(root, "spec.settings.traffic"));
    for (var counter : List.of("missing", "stale", "foreign", "repaired")) {
      at(root, "status.drift." + counter).setFormat("int64");
    }
    at(root, "status.conntrack.max").setFormat("int64");
    at(root, "status.drift.lastFound").setFormat("date-time");
    at(root, "status.probes.lastFailed").setFormat("date-time");
    at(root, "status.probes.paths").setXKubernetesListType("atomic");
    at(root, "status.probes.before").setXKubernetesListType("atomic");
    at(root, "status.otherProxies").setXKubernetesListType("atomic");
    at(root, "status.otherProxies[].evidence").setXKubernetesListType("atomic");
    at(root, "status.lastSync").setFormat("date-time");
    at(root, "status.observedGeneration").setFormat("int64");
    conditions(at(root, "status.conditions"));
  }

  private static void nodeSelector(JSONSchemaProps selector) {
    at(selector, "matchLabels").setXKubernetesMapType("atomic");
    at(selector, "matchExpressions").setXKubernetesListType("atomic");
    at(selector, "matchExpressions[].values").setXKubernetesListType("atomic");
  }

  private static void traffic(JSONSchemaProps traffic) {
    at(traffic, "nodePortAddresses").setXKubernetesListType("set");
    at(traffic, "detectLocal.clusterCIDRs").setXKubernetesListType("set");
  }

  /**
   * Claims are left out: they name entries of a Pod's resourceClaims, of which the agent has none.
   */
  private static void resources(JSONSchemaProps resources) {
    resources.getProperties().remove("claims");
    at(resources, "requests")
        .setDescription("What the scheduler sets aside for the agent, by resource: cpu, memory.");
    at(resources, "limits").setDescription("What the agent may use at most, by resource.");
    for (var kind : List.of("requests", "limits")) {
      var amounts = at(resources, kind);
      amounts.setMaxProperties(16L);
      var amount = amounts.getAdditionalProperties().getSchema();
      amount.setMaxLength(32L);
      rule(
          amount,
          "isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('0')) >= 0",
          "'must be a quantity of at least 0, such as 100m or \"0.5\" for cpu, 128Mi for memory'");
    }
    for (var name : List.of("cpu", "memory")) {
      var request = "string(self.requests['" + name + "'])";
      var limit = "string(self.limits['" + name + "'])";
      rule(
          resources,
          "!has(self.requests) || !has(self.limits) || !('%1$s' in self.requests)".formatted(name)
              + " || !('%1$s' in self.limits)".formatted(name)
              + " || !isQuantity(%1$s) || !isQuantity(%2$s)".formatted(request, limit)
              + " || quantity(%1$s).compareTo(quantity(%2$s)) <= 0".formatted(request, limit),
          "'resources.requests.%1$s (' + %2$s + ') must not be greater than resources.limits.%1$s ('"
                  .formatted(name, request)
              + " + %1$s + '): lower the request or raise the limit'".formatted(limit));
    }
  }

  private static void tolerations(JSONSchemaProps tolerations) {
    tolerations.setXKubernetesListType("atomic");
    var toleration = Objects.requireNonNull(tolerations.getItems()).getSchema();
    describe(toleration, "key", "Key of the taints; absent, with operator Exists: every key.");
    describe(
        toleration,
        "operator",
        "Exists: the taint may have any value. Equal: it has value. Default: Equal.");
    describe(toleration, "value", "Value of the taints, with operator Equal. Default: empty.");
    describe(
        toleration,
        "effect",
        "Effect of the taints: NoSchedule, PreferNoSchedule or NoExecute. Default: each of them.");
    describe(
        toleration,
        "tolerationSeconds",
        "With effect NoExecute: seconds after which the Pod is evicted nevertheless. Default:"
            + " never.");
    at(toleration, "key").setMaxLength(317L);
    at(toleration, "value").setMaxLength(63L);
    at(toleration, "operator").setEnum(names("Exists", "Equal"));
    at(toleration, "effect").setEnum(names("NoSchedule", "PreferNoSchedule", "NoExecute"));
    at(toleration, "tolerationSeconds").setFormat("int64");
    rule(
        toleration,
        "has(self.key) && self.key != '' || has(self.operator) && self.operator == 'Exists'",
        "'a toleration without key needs operator Exists: give a key or set the operator'");
    rule(
        toleration,
        "!(has(self.operator) && self.operator == 'Exists' && has(self.value) && self.value != '')",
        "'a toleration with operator Exists must have no value: remove value \"' + self.value +"
            + " '\" or set operator Equal'");
    rule(
        toleration,
        "!has(self.tolerationSeconds) || has(self.effect) && self.effect == 'NoExecute'",
        "'tolerationSeconds needs effect NoExecute: set the effect or remove tolerationSeconds'");
  }

  /** The bounds of {@code metav1.Condition}. */
  private static void conditions(JSONSchemaProps conditions) {
    conditions.setXKubernetesListType("map");
    conditions.setXKubernetesListMapKeys(List.of("type"));
    var condition = Objects.requireNonNull(conditions.getItems()).getSchema();
    condition.setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
    describe(condition, "type", "What the condition is about.");
    describe(condition, "status", "Whether it is so: True, False or Unknown.");
    describe(condition, "reason", "Why, in one word for programs.");
    describe(condition, "message", "Why, in words for people.");
    describe(condition, "lastTransitionTime", "When status last changed, in RFC 3339.");
    describe(condition, "observedGeneration", "The metadata.generation that this answers.");
    at(condition, "type").setMaxLength(316L);
    at(condition, "type").setPattern(DNS_NAME + "([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$");
    at(condition, "status").setEnum(names("True", "False", "Unknown"));
    at(condition, "reason").setMinLength(1L);
    at(condition, "reason").setMaxLength(1024L);
    at(condition, "reason").setPattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$");
    at(condition, "message").setMaxLength(32768L);
    at(condition, "lastTransitionTime").setFormat("date-time");
    at(condition, "observedGeneration").setFormat("int64");
    at(condition, "observedGeneration").setMinimum(0.0);
  }

  /** A rule on a record component comes twice: from its field and from its accessor. */
  private static void tidy(JSONSchemaProps schema) {
    if (schema.getXKubernetesValidations() != null) {
      schema.setXKubernetesValidations(
          new ArrayList<>(new LinkedHashSet<>(schema.getXKubernetesValidations())));
    }
    if ("integer".equals(schema.getType()) && schema.getFormat() == null) {
      schema.setFormat("int32");
    }
  }

  private static void rule(JSONSchemaProps schema, String rule, String messageExpression) {
    var validation = new ValidationRule();
    validation.setRule(rule);
    validation.setMessageExpression(messageExpression);
    if (schema.getXKubernetesValidations() == null) {
      schema.setXKubernetesValidations(new ArrayList<>());
    }
    schema.getXKubernetesValidations().add(validation);
  }

  private static void describe(JSONSchemaProps schema, String field, String text) {
    at(schema, field).setDescription(text);
  }

  private static List<JsonNode> names(String... names) {
    return Arrays.stream(names).<JsonNode>map(TextNode::valueOf).toList();
  }

  /** The schema at a path such as {@code spec.items[].name}. */
  static JSONSchemaProps at(JSONSchemaProps schema, String path) {
    var here = schema;
    for (var step : path.split("\\.", -1)) {
      boolean ofItems = step.endsWith("[]");
      var name = ofItems ? step.substring(0, step.length() - 2) : step;
      here = Objects.requireNonNull(here.getProperties().get(name), path);
      here = ofItems ? Objects.requireNonNull(here.getItems(), path).getSchema() : here;
    }
    return here;
  }

  /** The schema and all that it contains. */
  static Stream<JSONSchemaProps> all(JSONSchemaProps schema) {
    var inner = new ArrayList<JSONSchemaProps>();
    Map<String, JSONSchemaProps> properties = schema.getProperties();
    if (properties != null) {
      inner.addAll(properties.values());
    }
    if (schema.getItems() != null) {
      inner.add(schema.getItems().getSchema());
    }
    if (schema.getAdditionalProperties() != null) {
      inner.add(schema.getAdditionalProperties().getSchema());
    }
    return Stream.concat(Stream.of(schema), inner.stream().flatMap(SchemaDetails::all));
  }
}
