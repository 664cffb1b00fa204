package io.portolan.agent.others;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.iptables.Commands;
import io.portolan.agent.dataplane.iptables.Processes;
import io.portolan.agent.switching.Memory;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Who else serves Services on this node, and the end of what kube-proxy left. Everything is of the
 * network namespace of the thread that calls.
 */
public final class OtherProxies implements Neighbours {
  private final IntPredicate ours;
  private final Commands commands;

  /**
   * @param ours whether we ourselves listen on that TCP port now
   */
  public OtherProxies(IntPredicate ours) {
    this(ours, new Processes());
  }

  OtherProxies(IntPredicate ours, Commands commands) {
    this.ours = ours;
    this.commands = commands;
  }

  /**
   * Looks at kernel, sockets and processes. No program is run, nothing is left behind, and nothing
   * is loaded or set up by looking; cheap enough for every few seconds.
   *
   * @return each kind once; empty: nobody else
   * @throws DataplaneException when the kernel does not let itself be read
   */
  @Override
  public List<OtherProxy> look() {
    try {
      Facts rules = KernelFacts.rules();
      return Judgement.of(
          new Facts(
              rules.tables(),
              rules.chains(),
              rules.sets(),
              rules.links(),
              rules.virtualServers(),
              Ears.find(ours),
              Programs.here()));
    } catch (DataplaneException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new DataplaneException("cannot see which other proxies are here: " + e.getMessage(), e);
    }
  }

  /**
   * Removes all that kube-proxy has in the kernel, of every mode: tables, chains, sets, virtual
   * servers and their link. Connections stay tracked, so that those that it translated go on.
   * Kubelet's chains and everybody else's rules stay as they are. One that still runs would put its
   * rules back.
   *
   * @throws DataplaneException names what is left and why; what could be removed is removed
   */
  @Override
  public void removeRulesOfKubeProxy() {
    new Removal(commands).run();
  }

  /** Reads and writes the kernel alone: no program is run. */
  @Override
  public Memory memory() {
    return new KubeProxyMemory();
  }
}
