/** Mode iptables. */
@NullMarked
package io.portolan.agent.dataplane.iptables;

import org.jspecify.annotations.NullMarked;
