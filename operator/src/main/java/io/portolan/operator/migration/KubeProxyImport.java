package io.portolan.operator.migration;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Makes a ProxyConfig of kube-proxy's {@code KubeProxyConfiguration}
 * (kubeproxy.config.k8s.io/v1alpha1 of Kubernetes 1.24 to 1.37). Nodes shall behave as before:
 * where kube-proxy's default differs from ours, it is written out.
 */
public final class KubeProxyImport {
  /** What a ProxyConfig may be named. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?");

  private KubeProxyImport() {}

  /**
   * Reads YAML or JSON: the configuration itself, a ConfigMap with it, a List with one of these, or
   * several documents with exactly one of them.
   *
   * @param source what the text is, for messages, such as the name of a file
   * @param name of the ProxyConfig
   * @throws ImportRefused when nothing can be made of it
   */
  public static Imported of(String source, String text, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new ImportRefused(
          "--name: "
              + name
              + " is no name of a ProxyConfig: write at most 40 lower case letters, digits and -,"
              + " beginning and ending with a letter or digit");
    }
    Documents.Found found = Documents.only(source, text);
    var problems = new Problems(found.source());
    var draft = new Draft(problems);
    read(new Section("", found.root(), problems), draft);
    problems.throwIfAny();
    var config = new ProxyConfig();
    config.setMetadata(new ObjectMetaBuilder().withName(name).build());
    config.setSpec(draft.spec());
    return new Imported(config, new Report(found.source(), draft.fields()), draft.comments());
  }

  private static void read(Section root, Draft draft) {
    root.text("apiVersion");
    root.text("kind");
    ProxyMode mode = ModeFields.mode(root, draft);
    ModeFields.masquerading(root, mode, draft);
    ModeFields.localhost(root.section("iptables"), mode, draft);
    SyncFields.periods(root, mode, draft);
    IpvsFields.ipvs(root.section("ipvs"), mode, draft);
    PodFields.detectLocal(root, draft);
    TrafficFields.nodePorts(root, mode, draft);
    ConntrackFields.conntrack(root, draft);
    ProcessFields.addresses(root, draft);
    ProcessFields.client(root, draft);
    ProcessFields.logging(root, draft);
    ProcessFields.gates(root, draft);
    ProcessFields.rest(root, draft);
    removed(root, draft);
    for (String name : List.of("iptables", "ipvs", "nftables", "detectLocal", "conntrack")) {
      ProcessFields.unknown(root.section(name), draft);
    }
    ProcessFields.unknown(root, draft);
  }

  /** Fields of older versions; told only where they are. */
  private static void removed(Section root, Draft draft) {
    for (String name : List.of("udpIdleTimeout", "resourceContainer")) {
      if (root.names().contains(name)) {
        draft.noMeaning(root.any(name), "kube-proxy does not have it any more");
      }
    }
  }
}
