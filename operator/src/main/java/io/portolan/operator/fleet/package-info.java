/** Nodes and ProxyConfigs in, who owns which node out. Pure: no client, no clock, no I/O. */
@NullMarked
package io.portolan.operator.fleet;

import org.jspecify.annotations.NullMarked;
