/** Portolan on a cluster: what a person does with kubectl, done from Java. */
@NullMarked
package io.portolan.e2e.install;

import org.jspecify.annotations.NullMarked;
