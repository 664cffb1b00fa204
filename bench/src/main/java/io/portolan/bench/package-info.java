/**
 * The race of {@code make bench}: kube-proxy and the agent in turn, in fresh network namespaces, on
 * the same objects of the same API server, measured by the same packets. docs/performance.md says
 * what each figure means.
 */
@NullMarked
package io.portolan.bench;

import org.jspecify.annotations.NullMarked;
