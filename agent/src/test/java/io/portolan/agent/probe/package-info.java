@NullMarked
package io.portolan.agent.probe;

import org.jspecify.annotations.NullMarked;
