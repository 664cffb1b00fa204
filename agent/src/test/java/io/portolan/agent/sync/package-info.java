@NullMarked
package io.portolan.agent.sync;

import org.jspecify.annotations.NullMarked;
