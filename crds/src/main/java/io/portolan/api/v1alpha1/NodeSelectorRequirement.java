package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One requirement on a node label. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeSelectorRequirement(
    String key, Operator operator, @Nullable List<String> values) {}
