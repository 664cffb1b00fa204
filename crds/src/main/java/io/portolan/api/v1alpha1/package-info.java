/**
 * The API: what the user writes ({@link io.portolan.api.v1alpha1.ProxyConfig}) and what a node
 * runs.
 */
@NullMarked
package io.portolan.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
