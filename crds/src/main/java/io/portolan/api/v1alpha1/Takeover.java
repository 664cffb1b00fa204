package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** Whether a node is taken over from the service proxy that runs on it, and given back to it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Takeover(
    @JsonPropertyDescription(
            """
            Whose work is taken over. kube-proxy: it leaves each node once Portolan serves there \
            (its DaemonSet must keep off nodes with the label portolan.io/takeover), and its rules \
            are removed.""")
        @Required
        TakeoverFrom from,
    @JsonPropertyDescription(
            """
            true: the way back. The proxy returns to each node, and Portolan's rules go once it \
            serves. Default: false.""")
        @Nullable Boolean giveBack) {}
