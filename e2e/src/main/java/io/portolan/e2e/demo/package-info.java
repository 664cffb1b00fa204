/** The demo: brings everything up, and shows that it does what it promises. */
@NullMarked
package io.portolan.e2e.demo;

import org.jspecify.annotations.NullMarked;
