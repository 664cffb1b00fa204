/** Which mode serves, and the way from one to another without a lost connection. */
@NullMarked
package io.portolan.agent.switching;

import org.jspecify.annotations.NullMarked;
