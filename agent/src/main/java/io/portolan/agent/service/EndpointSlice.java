package io.portolan.agent.service;

import java.util.List;

/** What this node needs to know of an EndpointSlice. */
public record EndpointSlice(
    SliceName name,
    ServiceName service,
    IpFamily family,
    List<SlicePort> ports,
    List<SliceEndpoint> endpoints) {}
