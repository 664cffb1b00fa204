/** Netlink, sysctl and system calls by Java's foreign-function API; nothing else knows it. */
@NullMarked
package io.portolan.agent.kernel;

import org.jspecify.annotations.NullMarked;
