/** The quickest of upstream's specs, and the parts that run and show them. */
@NullMarked
package io.portolan.e2e.upstream;

import org.jspecify.annotations.NullMarked;
