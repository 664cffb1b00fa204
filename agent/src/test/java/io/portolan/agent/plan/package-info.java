@NullMarked
package io.portolan.agent.plan;

import org.jspecify.annotations.NullMarked;
