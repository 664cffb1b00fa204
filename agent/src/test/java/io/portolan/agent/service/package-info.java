@NullMarked
package io.portolan.agent.service;

import org.jspecify.annotations.NullMarked;
