package io.portolan.agent.sync;

import io.portolan.agent.others.Neighbours;
import io.portolan.agent.others.OtherProxy;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks who else serves this node, as often as the orders make it matter. One thread's. */
final class Surroundings {
  private static final Logger log = LoggerFactory.getLogger(Surroundings.class);

  /** While something is waited for. */
  private static final Duration OFTEN = Duration.ofSeconds(3);

  /** Else: somebody may have started another proxy. */
  private static final Duration SELDOM = Duration.ofMinutes(1);

  /** kube-proxy makes its chains a moment before it fills them. */
  private static final Duration SETTLED = Duration.ofSeconds(10);

  private final Neighbours neighbours;
  private List<OtherProxy> others = List.of();

  /** What could not be removed, because another hand's rules need it. */
  private List<OtherProxy> left = List.of();

  private long lastLook;
  private boolean looked;
  private boolean waiting = true;
  private long servesSince;

  Surroundings(Neighbours neighbours) {
    this.neighbours = neighbours;
  }

  /**
   * What is to do now.
   *
   * @param ours whether something of ours serves; asked only where it matters
   */
  Duty duty(Orders orders, BooleanSupplier ours) {
    long now = System.nanoTime();
    Duration pace = waiting ? OFTEN : SELDOM;
    if (!looked || now - lastLook >= pace.toNanos()) {
      look();
    }
    boolean settled = servesSince != 0 && now - servesSince >= SETTLED.toNanos();
    List<OtherProxy> matter = others.equals(left) ? List.of() : others;
    Duty duty = Duty.of(orders.ask(), orders.taken(), ours, settled, matter);
    waiting = duty != Duty.SERVE && duty != Duty.STAND_BY;
    return duty;
  }

  /** Looks now; {@link #duty} does so by itself, when it has to know. */
  void look() {
    List<OtherProxy> before = others;
    others = neighbours.look();
    lastLook = System.nanoTime();
    looked = true;
    boolean serves = Duty.kubeProxy(others).filter(o -> o.running() && o.serves()).isPresent();
    servesSince = !serves ? 0 : servesSince == 0 ? lastLook : servesSince;
    if (!others.equals(before)) {
      log.info("other proxies on this node: {}", others.isEmpty() ? "none" : others);
    }
  }

  /**
   * Removes what kube-proxy has left, and looks again.
   *
   * @throws io.portolan.agent.dataplane.DataplaneException names what is left and why
   */
  void cleanUp() {
    neighbours.removeRulesOfKubeProxy();
    look();
    left = others;
    log.info("the rules of kube-proxy are removed; other proxies now: {}", others);
  }

  /** The next turn looks, whatever the pace. */
  void lookSoon() {
    looked = false;
  }

  /** What was last seen. */
  List<OtherProxy> others() {
    return others;
  }

  /** Time until the next look; nothing else makes the loop turn for it. */
  Duration untilLook() {
    long left = lastLook + (waiting ? OFTEN : SELDOM).toNanos() - System.nanoTime();
    return looked && left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
  }
}
