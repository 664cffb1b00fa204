package io.portolan.agent.others;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.PortKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * Where kube-proxy remembers the clients of an endpoint: names in {@code pkg/proxy/nftables} and
 * {@code pkg/proxy/iptables} of Kubernetes 1.37. They are made of the endpoint's address as the
 * slice writes it; one of IPv6 that is not written canonically has another name than ours.
 */
final class KubeProxyNames {
  /** What the names of sets begin with. */
  static final String SET = "affinity-";

  /** What the names of lists begin with. */
  static final String LIST = "KUBE-SEP-";

  private static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  /** Of a name in nf_tables, less what kube-proxy keeps for its longest prefix. */
  private static final int LONGEST = 256 - 16;

  private KubeProxyNames() {}

  /**
   * The set of mode nftables, such as {@code affinity-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80}.
   */
  static String set(PortKey key, Endpoint endpoint) {
    String name =
        key.namespace()
            + "/"
            + key.service()
            + "/"
            + protocol(key)
            + "/"
            + key.port()
            + "__"
            + endpoint.ip().toString().replace(':', '.')
            + "/"
            + endpoint.port();
    String hashed = hash(name, 8) + "-" + name;
    return SET + (hashed.length() > LONGEST ? hashed.substring(0, LONGEST - 3) + "..." : hashed);
  }

  /** The list of the match {@code recent} in mode iptables, such as {@code KUBE-SEP-2A7B...}. */
  static String list(PortKey key, Endpoint endpoint) {
    return LIST + hash(key + protocol(key) + endpoint, 16);
  }

  private static String protocol(PortKey key) {
    return key.protocol().name().toLowerCase(Locale.ROOT);
  }

  /** The first digits of the SHA-256 in base 32 (RFC 4648). */
  private static String hash(String text, int length) {
    try {
      byte[] bytes =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      var digits = new StringBuilder();
      for (int i = 0; i < length; i++) {
        int bit = i * 5;
        int two = (bytes[bit / 8] & 0xff) << 8 | (bytes[bit / 8 + 1] & 0xff);
        digits.append(DIGITS.charAt(two >>> (11 - bit % 8) & 31));
      }
      return digits.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
