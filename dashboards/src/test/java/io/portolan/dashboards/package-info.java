/** Checks that what a person sees in Grafana is what the agents export. */
@NullMarked
package io.portolan.dashboards;

import org.jspecify.annotations.NullMarked;
