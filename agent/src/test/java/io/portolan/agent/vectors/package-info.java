/**
 * The runner of the service traffic vectors: cases written in YAML, free of any language and mode,
 * answered by the pure plan and by the kernel. {@code docs/vectors.md} tells how to run it.
 */
@NullMarked
package io.portolan.agent.vectors;

import org.jspecify.annotations.NullMarked;
