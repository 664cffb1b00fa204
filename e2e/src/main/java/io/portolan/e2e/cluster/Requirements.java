package io.portolan.e2e.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a start needs of the machine; looked at before anything is made. */
final class Requirements {
  /** A program, or a file, and the Debian package it comes with. */
  private static final Map<String, String> PACKAGES = new LinkedHashMap<>();

  static {
    PACKAGES.put("ip", "iproute2");
    PACKAGES.put("nsenter", "util-linux");
    PACKAGES.put("unshare", "util-linux");
    PACKAGES.put("setsid", "util-linux");
    PACKAGES.put("mount", "mount");
    PACKAGES.put("openssl", "openssl");
    PACKAGES.put("runc", "runc");
    PACKAGES.put("/usr/lib/cni/bridge", "containernetworking-plugins");
    PACKAGES.put("iptables", "iptables");
  }

  private Requirements() {}

  /** Throws {@link ClusterException} with one sentence that says what is missing and its remedy. */
  static void check(ClusterOptions options) {
    if (!Integer.valueOf(0).equals(userId())) {
      throw new ClusterException("A cluster needs root: run this as root.");
    }
    PACKAGES.forEach(
        (file, debianPackage) -> {
          if (!present(file)) {
            throw new ClusterException(
                file + " is missing: run 'apt-get install " + debianPackage + "'.");
          }
        });
    for (Path archive : options.images()) {
      if (!Files.exists(archive)) {
        throw new ClusterException("The image archive " + archive + " is missing: build it first.");
      }
    }
    options.cache().program("kube-apiserver");
    options.cache().program("containerd");
    options.cache().image("pause");
    options.cache().image("echo");
  }

  private static Object userId() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new ClusterException("no /proc here", e);
    }
  }

  private static boolean present(String file) {
    if (file.startsWith("/")) {
      return Files.exists(Path.of(file));
    }
    return Arrays.stream(Launcher.SYSTEM_PATH.split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, file)));
  }
}
