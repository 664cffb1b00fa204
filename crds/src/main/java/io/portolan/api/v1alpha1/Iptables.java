package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Settings of mode iptables. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Iptables(
    @JsonPropertyDescription(
            """
            Which iptables the rules are written with: legacy, nft, or auto for the one that the \
            node's other rules are in. Default: auto.""")
        @Nullable IptablesBackend backend,
    @JsonPropertyDescription(
            """
            The bit of the packet mark that says which packets are masqueraded, from 0 to 31. No \
            other program on the node may use it; kube-proxy has 14, kubelet 15. Default: 12.""")
        @Min(0)
        @Max(31)
        @Nullable Integer masqueradeBit) {}
