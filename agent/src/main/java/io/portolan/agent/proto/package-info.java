/**
 * Kubernetes' protobuf encoding of what the agent watches most. Field numbers are those of the
 * {@code generated.proto} beside each API's types. Pure.
 */
@NullMarked
package io.portolan.agent.proto;

import org.jspecify.annotations.NullMarked;
