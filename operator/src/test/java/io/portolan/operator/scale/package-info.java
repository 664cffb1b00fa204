/** A fleet of thousands of nodes on a real API server, played as far as it must be, and figures. */
@NullMarked
package io.portolan.operator.scale;

import org.jspecify.annotations.NullMarked;
