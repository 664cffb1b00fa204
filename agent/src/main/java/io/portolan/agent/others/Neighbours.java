package io.portolan.agent.others;

import io.portolan.agent.switching.Memory;
import java.util.List;

/** Who else serves Services on this node. Used by one thread. */
public interface Neighbours {
  /** Nobody else is there. */
  Neighbours NONE =
      new Neighbours() {
        @Override
        public List<OtherProxy> look() {
          return List.of();
        }

        @Override
        public void removeRulesOfKubeProxy() {}
      };

  /**
   * Looks; changes nothing.
   *
   * @return each kind once; empty: nobody else
   * @throws io.portolan.agent.dataplane.DataplaneException when the kernel does not let itself be
   *     read
   */
  List<OtherProxy> look();

  /**
   * Removes all that kube-proxy has in the kernel, of every mode.
   *
   * @throws io.portolan.agent.dataplane.DataplaneException names what is left and why
   */
  void removeRulesOfKubeProxy();

  /** The clients that kube-proxy keeps to their endpoints. */
  default Memory memory() {
    return Memory.NONE;
  }
}
