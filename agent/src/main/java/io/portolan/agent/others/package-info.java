/**
 * Who else serves Services on this node, and the removal of what kube-proxy leaves in the kernel.
 */
@NullMarked
package io.portolan.agent.others;

import org.jspecify.annotations.NullMarked;
