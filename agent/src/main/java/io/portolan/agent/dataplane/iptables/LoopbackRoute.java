package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.kernel.Sysctl;
import java.io.IOException;

/**
 * Lets packets of the node to 127.0.0.1 leave it after their translation. That opens 127.0.0.0/8 to
 * neighbours too; so it is set only while the exit is open, where a rule closes it again.
 *
 * @param holder in whose name it is set: what one backend needs, the other one does not take away
 */
record LoopbackRoute(Sysctl sysctl, Backend holder) {
  static final String NAME = "ipv4/conf/all/route_localnet";

  /** Whether it is set in our name. */
  boolean held() {
    return sysctl.held(NAME, holder);
  }

  /**
   * Sets it.
   *
   * @throws DataplaneException when the kernel refuses
   */
  void open() {
    try {
      sysctl.hold(NAME, 1, holder);
    } catch (IOException e) {
      throw refused("NodePorts on loopback need net/" + NAME + "=1, which cannot be set: ", e);
    }
  }

  /**
   * Puts back what was there before, when this process has set it and nobody else needs it.
   *
   * @throws DataplaneException when the kernel refuses
   */
  void close() {
    try {
      sysctl.release(NAME, holder);
    } catch (IOException e) {
      throw refused("net/" + NAME + " cannot be put back: ", e);
    }
  }

  private static DataplaneException refused(String words, IOException e) {
    return new DataplaneException(words + e, e);
  }
}
