/** Mode nftables: flat maps in two tables, written straight to netlink. */
@NullMarked
package io.portolan.agent.dataplane.nftables;

import org.jspecify.annotations.NullMarked;
