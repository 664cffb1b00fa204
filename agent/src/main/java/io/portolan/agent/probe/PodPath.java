package io.portolan.agent.probe;

import io.portolan.agent.kernel.Mac;
import io.portolan.agent.kernel.PacketSocket;
import io.portolan.agent.kernel.VethPair;
import io.portolan.agent.plan.ProbeSource;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Connections whose packets enter the node by an interface, as a Pod's do: a wire with both ends in
 * the node, on whose inner end we are the host. The node's own stack takes no part there: the
 * frames that come for us bear an Ethernet address that no interface has. Belongs to one thread, in
 * whose network namespace it is.
 *
 * <p>The sources are of no Pod, so answers come only if the node masquerades what comes from
 * outside the Pods. They are of ranges that no cluster has: link-local (RFC 3927) and, because a
 * range such as fd00::/8 may well be given for Pods, the benchmarking range of IPv6 (RFC 5180).
 */
final class PodPath implements AutoCloseable {
  static final String OUTER = "portolan-probe0";
  static final String INNER = "portolan-probe1";

  private static final VethPair.End OUTSIDE = new VethPair.End(OUTER, new Mac(0x02706f727430L));
  private static final VethPair.End INSIDE = new VethPair.End(INNER, new Mac(0x02706f727431L));

  /** Ours as a host. */
  private static final Mac HOST = new Mac(0x02706f727432L);

  private static final int FIRST_PORT = 32768;
  private static final int PORTS = 28232; // As net.ipv4.ip_local_port_range is by default.

  private final VethPair pair;
  private final PacketSocket socket;
  private final Set<IpFamily> led = EnumSet.noneOf(IpFamily.class);
  private int nextPort = ThreadLocalRandom.current().nextInt(PORTS);

  private PodPath() {
    pair = VethPair.create(OUTSIDE, INSIDE, "Portolan: the agent's probes");
    try {
      socket = PacketSocket.open(pair.inner());
    } catch (RuntimeException e) {
      pair.remove();
      pair.close();
      throw e;
    }
  }

  /**
   * Makes the wire.
   *
   * @throws RuntimeException when the kernel refuses, or the name is taken by another's interface;
   *     nothing is left then
   */
  static PodPath open() {
    return new PodPath();
  }

  /**
   * Connects to each target.
   *
   * @param limit after it those without an answer are given up
   * @return for each family the nanoseconds until it answered, or {@link Connections#NONE}
   * @throws RuntimeException when the kernel refuses, such as because the wire is gone
   */
  Map<IpFamily, Long> attempt(Map<IpFamily, Target> targets, Duration limit) {
    targets.keySet().forEach(this::lead);
    var asked = new EnumMap<IpFamily, Segment>(IpFamily.class);
    var begun = new EnumMap<IpFamily, Long>(IpFamily.class);
    var took = new EnumMap<IpFamily, Long>(IpFamily.class);
    targets.forEach(
        (family, target) -> {
          Segment syn = syn(family, target);
          asked.put(family, syn);
          took.put(family, Connections.NONE);
          begun.put(family, System.nanoTime());
          socket.send(syn.frame(OUTSIDE.mac(), HOST));
        });
    long end = System.nanoTime() + limit.toNanos();
    for (long left = limit.toNanos();
        left > 0 && !asked.isEmpty();
        left = end - System.nanoTime()) {
      byte[] frame = socket.receive(Duration.ofNanos(left));
      long now = System.nanoTime();
      Segment answer = frame == null ? null : Segment.parse(frame);
      if (answer == null) {
        continue;
      }
      IpFamily family = answer.source().family();
      Segment syn = asked.get(family);
      if (syn != null && answer.answers(syn)) {
        asked.remove(family);
        if (answer.accepts()) {
          took.put(family, now - begun.getOrDefault(family, now));
          socket.send(syn.reset().frame(OUTSIDE.mac(), HOST));
        }
      }
    }
    return took;
  }

  /**
   * Makes good what another hand took away.
   *
   * @return whether there was anything
   * @throws RuntimeException as {@link #attempt}
   */
  boolean repair() {
    boolean missing = false;
    for (IpFamily family : led) {
      missing |= pair.lead(source(family), HOST);
    }
    return missing;
  }

  /** Takes the wire away. */
  @Override
  public void close() {
    socket.close();
    try {
      pair.remove();
    } finally {
      pair.close();
    }
  }

  private void lead(IpFamily family) {
    if (!led.contains(family)) {
      pair.lead(source(family), HOST);
      led.add(family);
    }
  }

  /** A port of its own for each, so that conntrack never takes one for the one before. */
  private Segment syn(IpFamily family, Target target) {
    nextPort = (nextPort + 1) % PORTS;
    int sequence = ThreadLocalRandom.current().nextInt();
    return Segment.syn(source(family), FIRST_PORT + nextPort, target.ip(), target.port(), sequence);
  }

  private static Ip source(IpFamily family) {
    return ProbeSource.of(family);
  }
}
