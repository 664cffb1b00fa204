/** The interface between a plan and the code of one mode. */
@NullMarked
package io.portolan.agent.dataplane;

import org.jspecify.annotations.NullMarked;
