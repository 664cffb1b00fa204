package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses nodes by label, as {@code metav1.LabelSelector} does: all requirements must hold.
 *
 * <p>Refused is a selector that no label set can satisfy. One rule finds all of them: a label that
 * must have one of some values (matchLabels, In) needs one value that every other requirement on
 * that label allows; a label that must not exist has no requirement that needs it. What remains
 * (NotIn, Exists) leaves infinitely many values.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "!has(self.matchLabels) || !has(self.matchExpressions) || self.matchExpressions.all(e, "
            + NodeSelector.ALLOWS_THE_LABEL
            + ")",
    messageExpression =
        "self.matchExpressions.map(e, !("
            + NodeSelector.ALLOWS_THE_LABEL
            + "), 'nodeSelector contradicts itself, no node can match: matchLabels has ' + e.key"
            + " + '=' + self.matchLabels[e.key] + ', matchExpressions has ' + e.key + ' ' +"
            + " e.operator + '; change or remove one of them')[0]")
@ValidationRule(
    value =
        "!has(self.matchExpressions) || self.matchExpressions.all(e, "
            + NodeSelector.CAN_BE_MET
            + ")",
    messageExpression =
        "self.matchExpressions.map(e, !("
            + NodeSelector.CAN_BE_MET
            + "), 'nodeSelector contradicts itself, no node can match: matchExpressions has ' + e.key"
            + " + ' ' + e.operator + ', which another requirement on ' + e.key"
            + " + ' rules out; change or remove one of them')[0]")
public record NodeSelector(
    @JsonPropertyDescription(
            "Labels that a node must have, each with exactly this value. At most 16.")
        @Size(max = 16)
        @ValidationRule(
            value = "self.all(k, k.matches('" + NodeSelectorRequirement.KEY + "'))",
            messageExpression =
                "'\"' + self.filter(k, !k.matches('"
                    + NodeSelectorRequirement.KEY
                    + "'))[0] + '\" "
                    + NodeSelectorRequirement.KEY_MESSAGE
                    + "'")
        @ValidationRule(
            value = "self.all(k, self[k].matches('" + NodeSelectorRequirement.VALUE + "'))",
            messageExpression =
                "self.filter(k, !self[k].matches('"
                    + NodeSelectorRequirement.VALUE
                    + "')).map(k, k + ': \"' + self[k] + '\" "
                    + NodeSelectorRequirement.VALUE_MESSAGE
                    + "')[0]")
        @Nullable Map<String, @Size(max = 63) String> matchLabels,
    @JsonPropertyDescription("Requirements on labels, of which all must hold. At most 16.")
        @Size(max = 16)
        @Nullable List<NodeSelectorRequirement> matchExpressions) {

  /** Requirement e allows what {@code matchLabels} says of its label. */
  static final String ALLOWS_THE_LABEL =
      "!(e.key in self.matchLabels) || e.operator == 'Exists'"
          + " || e.operator == 'In' && (!has(e.values) || self.matchLabels[e.key] in e.values)"
          + " || e.operator == 'NotIn' && !(has(e.values) && self.matchLabels[e.key] in e.values)";

  /**
   * Requirement e can be met together with every other one on its label. The list of one list gives
   * it a name, so that the keys are compared once and not once for each value.
   */
  static final String CAN_BE_MET =
      "e.operator == 'DoesNotExist'"
          + " ? !self.matchExpressions.exists(o, o.key == e.key && o.operator in ['In', 'Exists'])"
          + " : e.operator != 'In' || !has(e.values)"
          + " || [self.matchExpressions.filter(o, o.key == e.key && has(o.values))].all(same,"
          + " e.values.exists(v, same.all(o, (o.operator == 'In') == (v in o.values))))";
}
