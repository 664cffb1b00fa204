/**
 * The operator: reconciles {@link io.portolan.api.v1alpha1.ProxyConfig}. This package starts the
 * program; the decisions are in {@code fleet}, {@code rollout}, {@code manifests}, {@code status}
 * and {@code migration}, which are pure, and the side effects in {@code controller}.
 */
@NullMarked
package io.portolan.operator;

import org.jspecify.annotations.NullMarked;
