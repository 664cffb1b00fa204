package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Differences between plan and kernel that the audits found, in entries. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Drift(
    @Nullable Long missing,
    @Nullable Long stale,
    @Nullable Long foreign,
    @Nullable Long repaired,
    @Nullable String lastFound) {}
