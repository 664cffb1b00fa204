@NullMarked
package io.portolan.agent.others;

import org.jspecify.annotations.NullMarked;
