package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How traffic is told apart and translated. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Traffic(
    @JsonPropertyDescription("How traffic of the node's own Pods is told from other traffic.")
        @Nullable DetectLocal detectLocal,
    @JsonPropertyDescription(
            """
            Whether everything that is sent to a ClusterIP is masqueraded, traffic of local Pods \
            too; endpoints then see the node's address instead of the client's. Default: false.""")
        @Nullable Boolean masqueradeAll,
    @JsonPropertyDescription(
            """
            Node addresses on which NodePorts and health check node ports answer, 1 to 32 entries, \
            each once: a range in CIDR notation, for the addresses of the node's interfaces that \
            lie in it, loopback and link-local ones left out, or the word primary, for the first \
            internal address of each IP family of the Node object. A list with neither the word \
            primary nor a range of an IP family stands for all addresses of that family, as in \
            kube-proxy. Addresses that come and go are followed. Default: [primary].""")
        @Size(min = 1, max = 32)
        @ValidationRule(
            value = "self.all(a, a == 'primary' || isCIDR(a))",
            messageExpression =
                "'\"' + self.filter(a, a != 'primary' && !isCIDR(a))[0]"
                    + " + '\" is neither the word primary nor a range in CIDR notation,"
                    + " such as 192.168.0.0/16 or 10.0.0.7/32'")
        @Nullable List<@Size(max = 64) String> nodePortAddresses,
    @JsonPropertyDescription(
            """
            Mode iptables: whether NodePorts answer on 127.0.0.1 too, where nodePortAddresses has \
            it in a range (this sets net.ipv4.conf.all.route_localnet). Other modes never do. \
            Default: true.""")
        @Nullable Boolean localhostNodePorts) {}
