package io.portolan.e2e.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and certificates, made by the {@code openssl} program: the JDK has no public interface that
 * signs a certificate.
 */
final class Certificates {
  private static final String DAYS = "365";
  private static final List<String> ELLIPTIC =
      List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
  // The fabric8 client takes a PKCS#8 key for an RSA one.
  private static final List<String> RSA = List.of("-newkey", "rsa:2048");

  private final ClusterFolder folder;
  private final Path config;

  Certificates(ClusterFolder folder) {
    this.folder = folder;
    this.config =
        folder.write(
            "[req]\ndistinguished_name = name\nprompt = no\n[name]\n", "certificates", "ssl.cnf");
  }

  Path certificate(String name) {
    return folder.file("certificates", name + ".crt");
  }

  Path key(String name) {
    return folder.file("certificates", name + ".key");
  }

  /** An authority that signs itself. */
  void authority(String name) {
    make(
        name,
        ELLIPTIC,
        "/CN=portolan " + name,
        List.of(
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"));
  }

  /** A client of the API server, or of whoever trusts the authority. */
  void client(String name, String authority, String user, String... groups) {
    make(name, ELLIPTIC, subject(user, groups), signed(authority, "clientAuth"));
  }

  /** The person's own certificate, in the one form that the Java client reads. */
  void person(String name, String authority, String user, String... groups) {
    make(name, RSA, subject(user, groups), signed(authority, "clientAuth"));
  }

  /** A server under these names and addresses, as in openssl's subjectAltName. */
  void server(String name, String authority, String user, List<String> names) {
    List<String> options = new ArrayList<>(signed(authority, "serverAuth"));
    options.addAll(List.of("-addext", "subjectAltName=" + String.join(",", names)));
    make(name, ELLIPTIC, "/CN=" + user, options);
  }

  /** A key pair without a certificate: NAME.key and NAME.pub. */
  void keyPair(String name) {
    Path key = key(name);
    Command.of(
            "openssl",
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-out",
            key.toString())
        .output();
    Command.of("openssl", "pkey", "-in", key.toString(), "-pubout", "-out", publicKey(name) + "")
        .output();
  }

  Path publicKey(String name) {
    return folder.file("certificates", name + ".pub");
  }

  private static String subject(String user, String... groups) {
    StringBuilder subject = new StringBuilder();
    for (String group : groups) {
      subject.append("/O=").append(group);
    }
    return subject.append("/CN=").append(user).toString();
  }

  private List<String> signed(String authority, String usage) {
    return List.of(
        "-CA",
        certificate(authority).toString(),
        "-CAkey",
        key(authority).toString(),
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "keyUsage=critical,digitalSignature,keyEncipherment",
        "-addext",
        "extendedKeyUsage=" + usage);
  }

  private void make(String name, List<String> keyKind, String subject, List<String> options) {
    List<String> line = new ArrayList<>(List.of("openssl", "req", "-x509", "-noenc", "-sha256"));
    line.addAll(List.of("-config", config.toString(), "-days", DAYS, "-subj", subject));
    line.addAll(keyKind);
    line.addAll(List.of("-keyout", key(name).toString(), "-out", certificate(name).toString()));
    line.addAll(options);
    Command.of(line).output();
  }
}
