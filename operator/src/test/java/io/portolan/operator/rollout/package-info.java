@NullMarked
package io.portolan.operator.rollout;

import org.jspecify.annotations.NullMarked;
