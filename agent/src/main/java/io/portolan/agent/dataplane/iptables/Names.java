package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.service.TrafficPolicy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/** Names that are made from what they stand for, the same on every node. */
final class Names {
  static final String PREFIX = "PORTOLAN-";

  private static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private static final Pattern CHAIN =
      Pattern.compile(
          "PORTOLAN-(SERVICES|IPS|PORTS|POSTROUTING|FIREWALL|INPUT|FORWARD|OUTPUT"
              + "|IP-[0-9a-f]{2}(-[0-9a-f]{2})?|PORTS?-[0-9]{1,5}|(CLUSTER|LOCAL)-[A-Z2-7]{11})");

  private Names() {}

  /** The chain of the endpoints of a policy; 28 characters, more cannot be. */
  static String pool(PortKey key, TrafficPolicy policy) {
    String word = policy == TrafficPolicy.CLUSTER ? "CLUSTER-" : "LOCAL-";
    return PREFIX + word + hash(text(key), 11);
  }

  /** The set of the clients of an endpoint; at most 31 characters can be. */
  static String clients(Stack stack, PortKey key, Endpoint endpoint) {
    return stack.setPrefix() + SetKind.CLIENTS + hash(text(key) + " " + endpoint, 16);
  }

  /** Whether a chain is one of this layout. */
  static boolean known(String chain) {
    return CHAIN.matcher(chain).matches();
  }

  private static String text(PortKey key) {
    return key + " " + key.protocol();
  }

  private static String hash(String text, int length) {
    try {
      byte[] bytes =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      var name = new StringBuilder();
      for (int i = 0; i < length; i++) {
        int bit = i * 5;
        int two = (bytes[bit / 8] & 0xff) << 8 | (bytes[bit / 8 + 1] & 0xff);
        name.append(DIGITS.charAt(two >>> (11 - bit % 8) & 31));
      }
      return name.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
