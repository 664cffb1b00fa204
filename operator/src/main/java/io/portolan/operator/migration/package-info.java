/**
 * A {@code KubeProxyConfiguration} in, a ProxyConfig and what became of each field out. Pure: no
 * client, no clock, no I/O.
 */
@NullMarked
package io.portolan.operator.migration;

import org.jspecify.annotations.NullMarked;
