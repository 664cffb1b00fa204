@NullUnmarked
package io.portolan.agent.others;

import org.jspecify.annotations.NullUnmarked;
