package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * Connection tracking settings of the node, as in {@code KubeProxyConfiguration}; an absent field
 * leaves the kernel's value alone.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Conntrack(
    @JsonPropertyDescription(
            """
            Entries of the connection tracking table for each CPU core \
            (net.netfilter.nf_conntrack_max is this times the cores, at most 1048576, or min if \
            that is more). 0 or absent: the kernel's limit is left alone.""")
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @Nullable Integer maxPerCore,
    @JsonPropertyDescription(
            """
            Least number of entries of the connection tracking table, whatever maxPerCore says; \
            without effect if maxPerCore is 0 or absent.""")
        @Min(0)
        @Max(Integer.MAX_VALUE)
        @Nullable Integer min,
    @JsonPropertyDescription(
            """
            How long an idle TCP connection is remembered \
            (net.netfilter.nf_conntrack_tcp_timeout_established). A duration in whole seconds, at \
            most 576h. 0s or absent: the kernel's value is left alone.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(value = Conntrack.TIMEOUT, message = Conntrack.TIMEOUT_MESSAGE)
        @Nullable String tcpEstablishedTimeout,
    @JsonPropertyDescription(
            """
            How long a half-closed TCP connection is remembered \
            (net.netfilter.nf_conntrack_tcp_timeout_close_wait). A duration in whole seconds, at \
            most 576h. 0s or absent: the kernel's value is left alone.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(value = Conntrack.TIMEOUT, message = Conntrack.TIMEOUT_MESSAGE)
        @Nullable String tcpCloseWaitTimeout,
    @JsonPropertyDescription(
            """
            Whether TCP packets outside of the window are let through instead of being marked \
            invalid (net.netfilter.nf_conntrack_tcp_be_liberal). Absent: the kernel's value is \
            left alone.""")
        @Nullable Boolean tcpBeLiberal,
    @JsonPropertyDescription(
            """
            How long an unanswered UDP flow is remembered \
            (net.netfilter.nf_conntrack_udp_timeout). A duration in whole seconds, at most 576h. \
            0s or absent: the kernel's value is left alone.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(value = Conntrack.TIMEOUT, message = Conntrack.TIMEOUT_MESSAGE)
        @Nullable String udpTimeout,
    @JsonPropertyDescription(
            """
            How long an answered UDP flow is remembered \
            (net.netfilter.nf_conntrack_udp_timeout_stream). A duration in whole seconds, at most \
            576h. 0s or absent: the kernel's value is left alone.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(value = Conntrack.TIMEOUT, message = Conntrack.TIMEOUT_MESSAGE)
        @Nullable String udpStreamTimeout) {

  /**
   * The kernel keeps these in an int of jiffies and refuses more ({@code proc_dointvec_jiffies}):
   * at 1000 jiffies a second that is 596 hours.
   */
  static final String TIMEOUT =
      "!self.contains('ms') && "
          + Cel.DURATION
          + Cel.AT_LEAST
          + "0s"
          + Cel.AT_MOST
          + "576h"
          + Cel.END;

  static final String TIMEOUT_MESSAGE =
      "must be a duration in whole seconds from 0s to 576h, such as 90s or 24h";
}
