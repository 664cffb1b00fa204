@NullMarked
package io.portolan.operator.controller;

import org.jspecify.annotations.NullMarked;
