/** A real API server for the tests of every module; published as this module's test jar. */
@NullMarked
package io.portolan.api.testing;

import org.jspecify.annotations.NullMarked;
