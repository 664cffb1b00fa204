package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * Connection tracking settings of the node, as in {@code KubeProxyConfiguration}; an absent field
 * leaves the kernel's value alone.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Conntrack(
    @JsonPropertyDescription("Entries per CPU core; 0 leaves the limit alone")
        @Nullable Integer maxPerCore,
    @JsonPropertyDescription("Entries at least, whatever maxPerCore says") @Nullable Integer min,
    @Nullable String tcpEstablishedTimeout,
    @Nullable String tcpCloseWaitTimeout,
    @Nullable Boolean tcpBeLiberal,
    @Nullable String udpTimeout,
    @Nullable String udpStreamTimeout) {}
