/** The API's YAML and its tests, on values and on a real API server. */
@NullMarked
package io.portolan.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
