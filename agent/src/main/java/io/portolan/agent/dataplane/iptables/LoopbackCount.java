package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.service.IpFamily;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections NodePorts on loopback have taken since the kernel counts them. */
public final class LoopbackCount {
  private static final Logger LOG = LoggerFactory.getLogger(LoopbackCount.class);
  private static final Pattern PACKETS = Pattern.compile(" packets (\\d+)");

  private final Kernel kernel;
  private volatile long known;

  /** Counts where {@code commands} run. */
  public LoopbackCount(Commands commands) {
    kernel = new Kernel(commands);
  }

  /**
   * Their first packets, of both backends; 0 where neither serves NodePorts on loopback. What was
   * known before when ipset cannot be run.
   */
  public long packets() {
    try {
      known = counted();
    } catch (DataplaneException e) {
      LOG.warn("cannot read the count of NodePorts on loopback: {}", e.getMessage());
    }
    return known;
  }

  private long counted() {
    return Arrays.stream(Stack.values())
        .filter(stack -> stack.family() == IpFamily.IPV4)
        .map(stack -> kernel.savedSet(SetKind.LOOPBACK.in(stack)))
        .flatMap(saved -> PACKETS.matcher(saved).results())
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .sum();
  }
}
