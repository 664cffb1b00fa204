/** Services and EndpointSlices in our own small records, and what they add up to. Pure. */
@NullMarked
package io.portolan.agent.service;

import org.jspecify.annotations.NullMarked;
