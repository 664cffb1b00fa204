@NullMarked
package io.portolan.operator;

import org.jspecify.annotations.NullMarked;
