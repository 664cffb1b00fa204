package io.portolan.agent.others;

import io.portolan.agent.others.Facts.Chain;
import io.portolan.agent.others.Facts.Ear;
import io.portolan.agent.others.Facts.NftTable;
import io.portolan.agent.others.OtherProxy.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Says from what was seen on a node which proxies are there. */
final class Judgement {
  /** Where kube-proxy answers {@code /proxyMode}, and nobody else does. */
  static final int PROXY_MODE_PORT = 10249;

  /** Where kube-proxy answers {@code /healthz}, and whoever stands in its place. */
  static final int HEALTHZ_PORT = 10256;

  /** Of the health check of Cilium's agent, Calico's Felix and kube-router, each its default. */
  static final int CILIUM_PORT = 9879;

  static final int CALICO_PORT = 9099;
  static final int KUBE_ROUTER_PORT = 20244;

  /** The ports that matter. */
  static final Set<Integer> PORTS =
      Set.of(PROXY_MODE_PORT, HEALTHZ_PORT, CILIUM_PORT, CALICO_PORT, KUBE_ROUTER_PORT);

  /** The programs that matter. */
  static final Set<String> PROGRAMS =
      Set.of("kube-proxy", "cilium-agent", "calico-node", "ovnkube", "kube-router");

  /** The chains that say most come first. */
  private static final Comparator<Chain> TELLING =
      Comparator.<Chain, Boolean>comparing(chain -> !chain.name().equals(Ownership.SERVICES))
          .thenComparing(Chain::name)
          .thenComparing(Chain::backend)
          .thenComparing(Chain::family)
          .thenComparing(Chain::table);

  private final Facts facts;
  private final List<OtherProxy> found = new ArrayList<>();

  private Judgement(Facts facts) {
    this.facts = facts;
  }

  static List<OtherProxy> of(Facts facts) {
    var judgement = new Judgement(facts);
    judgement.cilium();
    judgement.calico();
    judgement.ovn();
    judgement.kubeRouter();
    judgement.kubeProxy(); // The last, since others may answer on its port of health.
    judgement.ipvs();
    return judgement.found.stream().sorted(Comparator.comparing(OtherProxy::kind)).toList();
  }

  private void kubeProxy() {
    var evidence = new ArrayList<String>();
    boolean lives = process("kube-proxy", evidence);
    for (Ear ear : facts.ports()) {
      // Whoever takes kube-proxy's place takes its port of health, too.
      boolean its =
          ear.port() == PROXY_MODE_PORT
              || (ear.port() == HEALTHZ_PORT && (found.isEmpty() || kubeProxyIsThere()));
      if (its && !ear.answer().isEmpty()) {
        evidence.add("listens on " + ear.where());
        evidence.add("answers " + ear.answer());
        lives = true;
      }
    }
    for (NftTable table : facts.tables()) {
      if (table.name().equals(Ownership.NFT_TABLE)) {
        evidence.add(table.toString());
      }
    }
    if (links(Set.of(Ownership.IPVS_LINK), evidence) && facts.virtualServers() > 0) {
      evidence.add(facts.virtualServers() + " virtual servers of IPVS");
    }
    Predicate<Chain> own = chain -> Ownership.ofKubeProxy(chain.table(), chain.name());
    chains(own.and(chain -> Ownership.named(chain.name())), evidence);
    long ofServices =
        facts.chains().stream().filter(own.and(chain -> !Ownership.named(chain.name()))).count();
    if (ofServices > 0) {
      evidence.add(ofServices + " chains of single Services and endpoints");
    }
    for (String set : new TreeSet<>(facts.sets())) {
      if (Ownership.setOfKubeProxy(set)) {
        evidence.add("ipset " + set);
      }
    }
    add(Kind.KUBE_PROXY, lives, kubeProxyServes(), evidence);
  }

  private boolean kubeProxyServes() {
    return facts.tables().stream()
            .anyMatch(table -> table.name().equals(Ownership.NFT_TABLE) && table.hooked())
        || facts.chains().stream()
            .anyMatch(
                chain ->
                    chain.table().equals("nat")
                        && chain.name().equals(Ownership.SERVICES)
                        && chain.entered())
        || (facts.links().contains(Ownership.IPVS_LINK) && facts.virtualServers() > 0);
  }

  /**
   * Its programs and maps cannot be seen without a right that we do not ask for. Beside kube-proxy
   * it serves nothing; in its place it may answer on kube-proxy's port of health.
   */
  private void cilium() {
    var evidence = new ArrayList<String>();
    links(Set.of("cilium_host", "cilium_net"), evidence);
    chains(chain -> Ownership.ofCilium(chain.name()), evidence);
    if (evidence.isEmpty()) {
      return;
    }
    boolean runs = process("cilium-agent", evidence);
    boolean lives = listens(CILIUM_PORT, evidence) || runs;
    boolean serves = !kubeProxyIsThere() && health(evidence);
    if (!serves) {
      evidence.add("whether it replaces kube-proxy cannot be seen from here");
    }
    add(Kind.CILIUM, lives, serves, evidence);
  }

  /** It makes these links in mode eBPF alone, which always serves Services. */
  private void calico() {
    var evidence = new ArrayList<String>();
    if (links(Set.of("bpfin.cali", "bpfout.cali"), evidence)) {
      boolean runs = process("calico-node", evidence);
      boolean lives = listens(CALICO_PORT, evidence) || runs;
      lives |= !kubeProxyIsThere() && health(evidence);
      add(Kind.CALICO, lives, true, evidence);
    }
  }

  /** The bridge br-int alone is no proof: others have one of that name. */
  private void ovn() {
    var evidence = new ArrayList<String>();
    if (links(Set.of("ovn-k8s-mp0"), evidence)) {
      links(Set.of("br-int", "genev_sys_6081"), evidence);
      boolean lives = process("ovnkube", evidence);
      lives |= !kubeProxyIsThere() && health(evidence);
      add(Kind.OVN, lives, true, evidence);
    }
  }

  private void kubeRouter() {
    var evidence = new ArrayList<String>();
    boolean link = links(Set.of("kube-dummy-if"), evidence);
    chains(chain -> Ownership.ofKubeRouter(chain.name()), evidence);
    if (!evidence.isEmpty()) {
      boolean serves = link && facts.virtualServers() > 0;
      if (serves) {
        evidence.add(facts.virtualServers() + " virtual servers of IPVS");
      }
      boolean runs = process("kube-router", evidence);
      boolean lives = listens(KUBE_ROUTER_PORT, evidence) || runs;
      add(Kind.KUBE_ROUTER, lives, serves, evidence);
    }
  }

  private void ipvs() {
    boolean known =
        found.stream().anyMatch(proxy -> proxy.kind() == Kind.KUBE_ROUTER && proxy.serves())
            || facts.links().contains(Ownership.IPVS_LINK);
    if (facts.virtualServers() > 0 && !known) {
      add(
          Kind.UNKNOWN_IPVS,
          false,
          true,
          List.of(facts.virtualServers() + " virtual servers of IPVS"));
    }
  }

  private boolean kubeProxyIsThere() {
    return kubeProxyServes()
        || facts.processes().containsKey("kube-proxy")
        || facts.ports().stream()
            .anyMatch(ear -> ear.port() == PROXY_MODE_PORT && !ear.answer().isEmpty());
  }

  private boolean links(Set<String> names, List<String> evidence) {
    boolean any = false;
    for (String name : new TreeSet<>(names)) {
      if (facts.links().contains(name)) {
        evidence.add("link " + name);
        any = true;
      }
    }
    return any;
  }

  private void chains(Predicate<Chain> whose, List<String> evidence) {
    facts.chains().stream()
        .filter(whose)
        .sorted(TELLING)
        .map(Chain::toString)
        .forEach(evidence::add);
  }

  private boolean process(String name, List<String> evidence) {
    Long id = facts.processes().get(name);
    if (id != null) {
      evidence.add("process " + name + " (" + id + ")");
    }
    return id != null;
  }

  private boolean listens(int port, List<String> evidence) {
    boolean any = false;
    for (Ear ear : facts.ports()) {
      if (ear.port() == port) {
        evidence.add("listens on " + ear.where());
        any = true;
      }
    }
    return any;
  }

  private boolean health(List<String> evidence) {
    return facts.ports().stream()
            .anyMatch(ear -> ear.port() == HEALTHZ_PORT && !ear.answer().isEmpty())
        && listens(HEALTHZ_PORT, evidence);
  }

  private void add(Kind kind, boolean running, boolean serves, List<String> evidence) {
    if (!evidence.isEmpty()) {
      found.add(new OtherProxy(kind, running, serves, evidence));
    }
  }
}
