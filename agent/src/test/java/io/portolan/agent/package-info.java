@NullMarked
package io.portolan.agent;

import org.jspecify.annotations.NullMarked;
