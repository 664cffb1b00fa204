package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One requirement on a node label. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0"
            + " : !has(self.values) || size(self.values) == 0",
    messageExpression =
        "'operator ' + self.operator + (self.operator in ['In', 'NotIn']"
            + " ? ' needs at least one of values' : ' must have no values')"
            + " + ' (key ' + self.key + ')'")
public record NodeSelectorRequirement(
    @JsonPropertyDescription("Key of the label, such as topology.kubernetes.io/zone.")
        @Required
        @Size(max = 317)
        @ValidationRule(
            value = "self.matches('" + NodeSelectorRequirement.KEY + "')",
            message = NodeSelectorRequirement.KEY_MESSAGE)
        String key,
    @JsonPropertyDescription(
            """
            In: the label has one of values. NotIn: the label has none of values, or is absent. \
            Exists: the label is there. DoesNotExist: it is not.""")
        @Required
        Operator operator,
    @JsonPropertyDescription(
            "Values to compare with, at most 32; needed by In and NotIn, refused with the others.")
        @Size(max = 32)
        @ValidationRule(
            value = "self.all(v, v.matches('" + NodeSelectorRequirement.VALUE + "'))",
            messageExpression =
                "'\"' + self.filter(v, !v.matches('"
                    + NodeSelectorRequirement.VALUE
                    + "'))[0] + '\" "
                    + NodeSelectorRequirement.VALUE_MESSAGE
                    + "'")
        @Nullable List<@Size(max = 63) String> values) {

  /** A label key: {@code IsQualifiedName} of apimachinery; the prefix is a DNS subdomain. */
  static final String KEY =
      "^([a-z0-9][-a-z0-9.]{0,251}[a-z0-9]/|[a-z0-9]/)?"
          + "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

  /** A label value: {@code IsValidLabelValue} of apimachinery. */
  static final String VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

  static final String KEY_MESSAGE =
      "must be a label key: at most 63 letters, digits, - _ . that begin and end with a letter or"
          + " digit, after an optional DNS name and /, such as kubernetes.io/os";
  static final String VALUE_MESSAGE =
      "must be a label value: at most 63 letters, digits, - _ . that begin and end with a letter"
          + " or digit, or nothing";
}
