package io.portolan.agent.dataplane.nftables;

/** Flags and types of a set in the kernel. */
record SetShape(int flags, int keyType, int keyBytes, int dataType, int dataBytes) {}
