package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses nodes by label, as {@code metav1.LabelSelector} does: all requirements must hold. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeSelector(
    @Nullable Map<String, String> matchLabels,
    @Nullable List<NodeSelectorRequirement> matchExpressions) {}
