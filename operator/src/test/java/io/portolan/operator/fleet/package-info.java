@NullMarked
package io.portolan.operator.fleet;

import org.jspecify.annotations.NullMarked;
