package io.portolan.agent.service;

/** An endpoint seen from one Service port. */
public record Backend(SliceEndpoint endpoint, int port) {}
