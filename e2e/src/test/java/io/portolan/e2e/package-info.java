/** What is promised of the whole, proven on a real cluster. */
@NullMarked
package io.portolan.e2e;

import org.jspecify.annotations.NullMarked;
