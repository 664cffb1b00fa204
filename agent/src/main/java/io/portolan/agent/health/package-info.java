/** What the agent answers over HTTP about itself. */
@NullMarked
package io.portolan.agent.health;

import org.jspecify.annotations.NullMarked;
