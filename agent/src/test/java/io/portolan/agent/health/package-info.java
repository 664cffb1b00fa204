@NullMarked
package io.portolan.agent.health;

import org.jspecify.annotations.NullMarked;
