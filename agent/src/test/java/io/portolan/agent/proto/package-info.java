@NullMarked
package io.portolan.agent.proto;

import org.jspecify.annotations.NullMarked;
