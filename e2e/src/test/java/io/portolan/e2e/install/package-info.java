/** How what the kernel's tools and the stress clients print is read. */
@NullMarked
package io.portolan.e2e.install;

import org.jspecify.annotations.NullMarked;
