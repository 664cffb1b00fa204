@NullMarked
package io.portolan.agent.watch;

import org.jspecify.annotations.NullMarked;
