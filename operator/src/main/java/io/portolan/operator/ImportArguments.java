package io.portolan.operator;

import io.portolan.operator.migration.ImportRefused;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ImportCommand} is asked for.
 *
 * @param file where the configuration is; {@code -} is standard input, null is the cluster
 * @param namespace of the ConfigMap
 * @param configMap its name
 * @param name of the ProxyConfig
 * @param report where the report goes; null is standard error
 */
record ImportArguments(
    @Nullable String file,
    String namespace,
    String configMap,
    String name,
    @Nullable String report) {
  static final String USAGE =
      """
      usage: portolan-operator import-kube-proxy INPUT [--name NAME] [--report FILE]

      Makes a ProxyConfig of kube-proxy's configuration: YAML on standard output, and on standard error
      what becomes of each field. Nothing is changed in a cluster.

      INPUT is one of
        --file FILE       a KubeProxyConfiguration, or a ConfigMap, List or several documents with one
        -                 the same from standard input
        --from-cluster    the ConfigMap of the cluster that KUBECONFIG or the Pod's account leads to
            [--namespace kube-system] [--configmap kube-proxy]

      --name NAME         of the ProxyConfig; default: default
      --report FILE       where the report goes instead

      Exit codes: 0 nodes behave as before; 3 something will be another way or is unknown, the report
      names it first; 2 nothing was made, standard error says why.
      """;

  private static final Set<String> WITH_VALUE =
      Set.of("--file", "--namespace", "--configmap", "--name", "--report");

  /**
   * Reads the arguments after the command's name.
   *
   * @throws ImportRefused when they cannot be understood
   */
  static ImportArguments parse(List<String> args) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
      String option = equals < 0 ? arg : arg.substring(0, equals);
      String value = "";
      if (WITH_VALUE.contains(option)) {
        if (equals < 0 && ++i == args.size()) {
          throw new ImportRefused(option + ": is without a value\n\n" + USAGE);
        }
        value = equals < 0 ? args.get(i) : arg.substring(equals + 1);
      } else if (arg.equals("-")) {
        option = "--file";
        value = "-";
      } else if (!arg.equals("--from-cluster")) {
        throw new ImportRefused(arg + ": is no argument of this command\n\n" + USAGE);
      }
      if (given.put(option, value) != null) {
        throw new ImportRefused(option + ": is given twice\n\n" + USAGE);
      }
    }
    boolean fromCluster = given.containsKey("--from-cluster");
    if (fromCluster == given.containsKey("--file")) {
      throw new ImportRefused("give one of --file FILE, - and --from-cluster\n\n" + USAGE);
    }
    if (!fromCluster && (given.containsKey("--namespace") || given.containsKey("--configmap"))) {
      throw new ImportRefused("--namespace and --configmap go with --from-cluster\n\n" + USAGE);
    }
    return new ImportArguments(
        given.get("--file"),
        Objects.requireNonNullElse(given.get("--namespace"), "kube-system"),
        Objects.requireNonNullElse(given.get("--configmap"), "kube-proxy"),
        Objects.requireNonNullElse(given.get("--name"), "default"),
        given.get("--report"));
  }
}
