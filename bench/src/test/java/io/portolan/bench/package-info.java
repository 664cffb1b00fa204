@NullMarked
package io.portolan.bench;

import org.jspecify.annotations.NullMarked;
