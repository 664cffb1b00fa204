/** Connections through the probe Service that tell whether the node's Services work. */
@NullMarked
package io.portolan.agent.probe;

import org.jspecify.annotations.NullMarked;
