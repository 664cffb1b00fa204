package io.portolan.operator.status;

/**
 * What the status says of one node.
 *
 * @param updated whether it runs the update revision
 * @param ready whether it is well at the revision it was given
 * @param problem why it is not, in the agent's own words where there are any; empty when it is
 */
public record NodeReport(String node, boolean updated, boolean ready, String problem) {}
