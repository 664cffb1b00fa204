package io.portolan.api.v1alpha1;

/**
 * Numbers of nodes.
 *
 * @param matched owned by the ProxyConfig
 * @param updated run the update revision
 * @param ready report Ready at the revision they were given
 * @param unavailable matched, but not ready
 * @param failed could not take their revision in time
 * @param conflicting selected, but owned by another ProxyConfig
 */
public record NodeCounts(
    int matched, int updated, int ready, int unavailable, int failed, int conflicting) {}
