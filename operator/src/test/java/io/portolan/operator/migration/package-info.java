@NullMarked
package io.portolan.operator.migration;

import org.jspecify.annotations.NullMarked;
