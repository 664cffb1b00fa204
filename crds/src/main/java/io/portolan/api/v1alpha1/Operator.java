package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How a {@link NodeSelectorRequirement} compares; the names of {@code
 * metav1.LabelSelectorOperator}.
 */
public enum Operator {
  @JsonProperty("In")
  IN,
  @JsonProperty("NotIn")
  NOT_IN,
  @JsonProperty("Exists")
  EXISTS,
  @JsonProperty("DoesNotExist")
  DOES_NOT_EXIST
}
