package io.portolan.operator.migration;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address range as a ProxyConfig takes it. kube-proxy also takes numbers with leading zeros,
 * which are taken off: they are decimal there.
 *
 * @param text in CIDR notation
 * @param v6 the family
 */
record AddressRange(String text, boolean v6) {
  private static final Pattern V4 =
      Pattern.compile("([0-9]{1,10})\\.([0-9]{1,10})\\.([0-9]{1,10})\\.([0-9]{1,10})/([0-9]{1,3})");
  private static final Pattern GROUPS = Pattern.compile("(?:[0-9a-fA-F]{1,4}:)*[0-9a-fA-F]{1,4}");
  private static final Pattern LINK_LOCAL =
      Pattern.compile(
          "169\\.254\\..*/(?:1[6-9]|2[0-9]|3[0-2])|(?i)fe[89ab][0-9a-f]:.*/[1-9][0-9]+");

  /** Null when it is none. */
  static @Nullable AddressRange parse(String text) {
    Matcher four = V4.matcher(text);
    if (four.matches()) {
      var clean = new StringBuilder();
      for (int i = 1; i <= 4; i++) {
        long octet = Long.parseLong(four.group(i));
        if (octet > 255) {
          return null;
        }
        clean.append(i == 1 ? "" : ".").append(octet);
      }
      int prefix = Integer.parseInt(four.group(5));
      return prefix > 32 ? null : new AddressRange(clean + "/" + prefix, false);
    }
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
      return null;
    }
    int prefix = Integer.parseInt(text.substring(slash + 1));
    return prefix > 128 || !sixteenBytes(text.substring(0, slash))
        ? null
        : new AddressRange(text.substring(0, slash) + "/" + prefix, true);
  }

  /** Whether all of it is link-local, where no NodePort answers. */
  boolean linkLocal() {
    return LINK_LOCAL.matcher(text).matches();
  }

  /** RFC 4291, section 2.2, without IPv4 at the end: no range of Pods or nodes is written so. */
  private static boolean sixteenBytes(String address) {
    int gap = address.indexOf("::");
    if (gap < 0) {
      return groups(address) == 8;
    }
    int before = groups(address.substring(0, gap));
    int after = groups(address.substring(gap + 2));
    return before >= 0 && after >= 0 && before + after <= 7;
  }

  /** How many; -1 when the text is no list of groups. */
  private static int groups(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    return GROUPS.matcher(text).matches() ? text.split(":", -1).length : -1;
  }
}
