/** What nodes report in, the ProxyConfig's status out. Pure: no client, no clock, no I/O. */
@NullMarked
package io.portolan.operator.status;

import org.jspecify.annotations.NullMarked;
