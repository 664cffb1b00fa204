/** ProxyConfig in, the objects of its agents out. Pure: no client, no clock, no I/O. */
@NullMarked
package io.portolan.operator.manifests;

import org.jspecify.annotations.NullMarked;
