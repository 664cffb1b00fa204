package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Another program that serves Services on the node, or has left its rules there. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OtherProxy(
    @JsonPropertyDescription("Its name, such as kube-proxy.") @Required @Size(min = 1, max = 64)
        String name,
    @JsonPropertyDescription("Whether it runs, and not only its rules are there.") @Required
        Boolean running,
    @JsonPropertyDescription("What was found of it.") @Size(max = 16)
        @Nullable List<@Size(max = 256) String> evidence) {}
