package io.portolan.operator.status;

/** Something that a person who watches the ProxyConfig's Events should hear once. */
public record Notice(boolean warning, String reason, String message) {}
