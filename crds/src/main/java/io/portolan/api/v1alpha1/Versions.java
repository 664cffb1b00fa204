package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What runs on the node. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Versions(@Nullable String agent, @Nullable String kernel) {}
