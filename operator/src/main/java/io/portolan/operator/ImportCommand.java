package io.portolan.operator;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portolan.operator.migration.ImportRefused;
import io.portolan.operator.migration.Imported;
import io.portolan.operator.migration.KubeProxyImport;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The command {@code import-kube-proxy}: {@link KubeProxyImport} with files, streams, a cluster.
 */
final class ImportCommand {
  static final String NAME = "import-kube-proxy";

  /** Nodes behave as before. */
  static final int SAME = 0;

  /** Nothing was made. */
  static final int REFUSED = 2;

  /** Something will be another way, or is unknown. */
  static final int CHANGED = 3;

  /** A person waits. */
  private static final int PATIENCE_MS = 10_000;

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;

  ImportCommand(InputStream in, PrintStream out, PrintStream err) {
    this.in = in;
    // Whatever the container's locale is.
    this.out = new PrintStream(out, true, StandardCharsets.UTF_8);
    this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
  }

  /** Does it; returns the exit code. */
  int run(List<String> args) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(ImportArguments.USAGE);
      return SAME;
    }
    try {
      ImportArguments asked = ImportArguments.parse(args);
      Imported imported = read(asked);
      report(asked, imported);
      out.print(imported.yaml());
      return imported.report().lossless() ? SAME : CHANGED;
    } catch (ImportRefused e) {
      err.println("error: " + e.getMessage());
    } catch (NoSuchFileException e) {
      err.println("error: no such file: " + e.getMessage());
    } catch (IOException e) {
      err.println("error: cannot read or write: " + e);
    }
    return REFUSED;
  }

  private void report(ImportArguments asked, Imported imported) throws IOException {
    String text = imported.report().text();
    if (asked.report() == null) {
      err.print(text);
    } else {
      Files.writeString(Path.of(asked.report()), text);
    }
  }

  private Imported read(ImportArguments asked) throws IOException {
    String file = asked.file();
    if (file == null) {
      return KubeProxyImport.of("the cluster", configMap(asked), asked.name());
    }
    return file.equals("-")
        ? KubeProxyImport.of(
            "standard input", new String(in.readAllBytes(), StandardCharsets.UTF_8), asked.name())
        : KubeProxyImport.of(file, Files.readString(Path.of(file)), asked.name());
  }

  private static String configMap(ImportArguments asked) {
    System.setProperty("logback.configurationFile", "logback-import.xml");
    String wanted = "ConfigMap %s/%s".formatted(asked.namespace(), asked.configMap());
    Config config = Config.autoConfigure(null);
    config.setConnectionTimeout(PATIENCE_MS);
    config.setRequestTimeout(PATIENCE_MS);
    config.setRequestRetryBackoffLimit(1);
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      ConfigMap found =
          client.configMaps().inNamespace(asked.namespace()).withName(asked.configMap()).get();
      if (found == null) {
        throw new ImportRefused(
            "the cluster has no %s: name the one that kube-proxy reads with --namespace and --configmap"
                .formatted(wanted));
      }
      return Serialization.asJson(found);
    } catch (KubernetesClientException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      throw new ImportRefused(
          "cannot read %s from %s: %s: see that KUBECONFIG leads to the cluster and may get it, or pipe"
                  .formatted(wanted, config.getMasterUrl(), cause.getMessage())
              + " `kubectl get configmap -o yaml` into `import-kube-proxy -`");
    }
  }
}
