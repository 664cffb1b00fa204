/**
 * Our modes beside the rules of others: kubelet, CNI plugins, Docker, host firewalls, NetworkPolicy
 * engines. {@code docs/coexistence.md} has what is promised.
 */
@NullMarked
package io.portolan.agent.dataplane.coexistence;

import org.jspecify.annotations.NullMarked;
