package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What the kernel has of connection tracking, whoever set it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ConntrackStatus(
    @JsonPropertyDescription(
            """
            Most entries of the connection tracking table (net.netfilter.nf_conntrack_max). Like \
            each field here absent where the kernel has no such setting.""")
        @Nullable Long max,
    @JsonPropertyDescription(
            """
            How long an idle TCP connection is remembered \
            (net.netfilter.nf_conntrack_tcp_timeout_established).""")
        @Nullable String tcpEstablishedTimeout,
    @JsonPropertyDescription(
            """
            How long a half-closed TCP connection is remembered \
            (net.netfilter.nf_conntrack_tcp_timeout_close_wait).""")
        @Nullable String tcpCloseWaitTimeout,
    @JsonPropertyDescription(
            """
            Whether TCP packets outside of the window are let through \
            (net.netfilter.nf_conntrack_tcp_be_liberal).""")
        @Nullable Boolean tcpBeLiberal,
    @JsonPropertyDescription(
            "How long an unanswered UDP flow is remembered (net.netfilter.nf_conntrack_udp_timeout).")
        @Nullable String udpTimeout,
    @JsonPropertyDescription(
            """
            How long an answered UDP flow is remembered \
            (net.netfilter.nf_conntrack_udp_timeout_stream).""")
        @Nullable String udpStreamTimeout) {}
