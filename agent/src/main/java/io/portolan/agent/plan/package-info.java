/** What every Service port must do on this node, free of any mode. Pure. */
@NullMarked
package io.portolan.agent.plan;

import org.jspecify.annotations.NullMarked;
