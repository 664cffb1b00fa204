package io.portolan.operator.migration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The configurations in the test resources {@code kube-proxy}. {@code kubeadm-*}: the configuration
 * as kubeadm writes it, made of the types of that version of k8s.io/kube-proxy. {@code *-1.37.2}:
 * what kube-proxy 1.37.2 printed with {@code --write-config-to}, without flags or with those of k3s
 * and RKE2. The others are written by hand.
 */
public final class RealFiles {
  private static final Path FOLDER = Path.of("src", "test", "resources", "kube-proxy");

  private RealFiles() {}

  /** Their names. */
  public static Stream<String> names() {
    return Stream.of(
        "kubeadm-1.24",
        "kubeadm-1.28",
        "kubeadm-1.31",
        "kubeadm-1.34",
        "kubeadm-1.37",
        "defaults-1.37.2",
        "k3s-flags-1.37.2",
        "rke2-ipvs-1.37.2",
        "minimal",
        "kubeadm-init-nftables",
        "changed-iptables");
  }

  /** Where one of them is. */
  public static Path path(String name) {
    return FOLDER.resolve(name + ".yaml");
  }

  /** The file with that ending beside it. */
  public static Path beside(String name, String ending) {
    return FOLDER.resolve("expected").resolve(name + ending);
  }

  /** The result of one of them. */
  public static Imported imported(String name) {
    return KubeProxyImport.of(name + ".yaml", text(path(name)), "default");
  }

  /** A file as text. */
  public static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
