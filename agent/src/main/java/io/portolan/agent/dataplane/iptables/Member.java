package io.portolan.agent.dataplane.iptables;

/** An element of one of the sets, as {@code ipset save} prints it. */
record Member(SetKind set, String element) {}
