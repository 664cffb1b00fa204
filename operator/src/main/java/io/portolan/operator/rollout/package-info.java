/**
 * The state of the nodes in, the next moves out. Pure: no client, no clock, no I/O; times are given
 * as ages.
 */
@NullMarked
package io.portolan.operator.rollout;

import org.jspecify.annotations.NullMarked;
