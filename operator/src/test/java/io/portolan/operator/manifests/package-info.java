@NullMarked
package io.portolan.operator.manifests;

import org.jspecify.annotations.NullMarked;
