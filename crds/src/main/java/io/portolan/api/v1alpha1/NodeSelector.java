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
            + NodeSelector.LABEL_ALLOWED_BY_E
            + ")",
    messageExpression =
        "self.matchExpressions.filter(e, !("
            + NodeSelector.LABEL_ALLOWED_BY_E
            + ")).map(e, 'nodeSelector contradicts itself, no node can match: matchLabels has ' +"
            + " e.key + '=' + self.matchLabels[e.key] + ', matchExpressions has ' + e.key + ' ' +"
            + " e.operator + (has(e.values) ? ' [' + e.values.join(', ') + ']' : '') + ';"
            + " remove one of the two')[0]")
@ValidationRule(
    value =
        "!has(self.matchExpressions) || self.matchExpressions.all(a, "
            + NodeSelector.A_HAS_A_VALUE
            + ")",
    messageExpression =
        "self.matchExpressions.filter(a, !("
            + NodeSelector.A_HAS_A_VALUE
            + ")).map(a, 'nodeSelector contradicts itself, no node can match: matchExpressions has '"
            + " + a.key + ' ' + a.operator + (has(a.values) ? ' [' + a.values.join(', ') + ']' : '')"
            + " + ', which another requirement on ' + a.key + ' rules out; remove one of the"
            + " two')[0]")
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

  /** {@code matchLabels} has the label of requirement e with a value that e allows. */
  static final String LABEL_ALLOWED_BY_E =
      "!(e.key in self.matchLabels) || e.operator == 'Exists'"
          + " || e.operator == 'In' && (!has(e.values) || self.matchLabels[e.key] in e.values)"
          + " || e.operator == 'NotIn' && !(has(e.values) && self.matchLabels[e.key] in e.values)";

  /** Requirement a can be met together with every other requirement on the same label. */
  static final String A_HAS_A_VALUE =
      "a.operator == 'DoesNotExist'"
          + " ? !self.matchExpressions.exists(b, b.key == a.key && b.operator in ['In', 'Exists'])"
          + " : a.operator != 'In' || !has(a.values) || a.values.exists(v,"
          + " self.matchExpressions.all(b, b.key != a.key || !has(b.values)"
          + " || (b.operator == 'In') == (v in b.values)))";
}
