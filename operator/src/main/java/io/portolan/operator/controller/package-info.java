/**
 * The JOSDK reconciler: reads caches, lets the pure packages decide, writes to the API server. The
 * only package with side effects.
 */
@NullMarked
package io.portolan.operator.controller;

import org.jspecify.annotations.NullMarked;
