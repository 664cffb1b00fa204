@NullMarked
package io.portolan.operator.status;

import org.jspecify.annotations.NullMarked;
