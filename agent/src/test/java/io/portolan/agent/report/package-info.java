@NullMarked
package io.portolan.agent.report;

import org.jspecify.annotations.NullMarked;
