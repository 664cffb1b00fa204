package io.portolan.agent.service;

import java.util.ArrayList;
import java.util.List;

/** The text form of addresses, read and written without the JDK's name lookup. */
final class IpText {
  private IpText() {}

  static Ip parse(String text) {
    return text.indexOf(':') < 0 ? new Ip(IpFamily.IPV4, 0, v4(text, text)) : v6(text);
  }

  static String format(Ip ip) {
    if (ip.family() == IpFamily.IPV4) {
      long bits = ip.low();
      return (bits >>> 24 & 0xff)
          + "."
          + (bits >>> 16 & 0xff)
          + "."
          + (bits >>> 8 & 0xff)
          + "."
          + (bits & 0xff);
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (int) ((i < 4 ? ip.high() : ip.low()) >>> (48 - 16 * (i % 4)) & 0xffff);
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
    }
    var out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        out.append("::");
        i += length - 1;
      } else {
        if (out.length() > 0 && out.charAt(out.length() - 1) != ':') {
          out.append(':');
        }
        out.append(Integer.toHexString(groups[i]));
      }
    }
    return out.toString();
  }

  private static long v4(String text, String whole) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      throw bad(whole);
    }
    long bits = 0;
    for (String part : parts) {
      if (part.isEmpty()
          || part.length() > 3
          || !part.chars().allMatch(c -> c >= '0' && c <= '9')
          || (part.length() > 1 && part.charAt(0) == '0')) {
        throw bad(whole);
      }
      int value = Integer.parseInt(part);
      if (value > 255) {
        throw bad(whole);
      }
      bits = bits << 8 | value;
    }
    return bits;
  }

  private static Ip v6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      throw bad(text);
    }
    List<Integer> head = groups(gap < 0 ? text : text.substring(0, gap), text, gap < 0);
    List<Integer> tail = gap < 0 ? List.of() : groups(text.substring(gap + 2), text, true);
    int known = head.size() + tail.size();
    if (gap < 0 ? known != 8 : known > 7) {
      throw bad(text);
    }
    var all = new ArrayList<Integer>(head);
    for (int i = known; i < 8; i++) {
      all.add(0);
    }
    all.addAll(tail);
    long high = 0;
    long low = 0;
    for (int i = 0; i < 4; i++) {
      high = high << 16 | all.get(i);
      low = low << 16 | all.get(i + 4);
    }
    // An IPv4-mapped address is the IPv4 address; Kubernetes accepts it in old objects.
    return high == 0 && low >>> 32 == 0xffff
        ? new Ip(IpFamily.IPV4, 0, low & 0xffffffffL)
        : new Ip(IpFamily.IPV6, high, low);
  }

  private static List<Integer> groups(String text, String whole, boolean atEnd) {
    var groups = new ArrayList<Integer>();
    if (text.isEmpty()) {
      return groups;
    }
    String[] parts = text.split(":", -1);
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (atEnd && i == parts.length - 1 && part.indexOf('.') >= 0) {
        long bits = v4(part, whole);
        groups.add((int) (bits >>> 16));
        groups.add((int) (bits & 0xffff));
      } else if (part.isEmpty()
          || part.length() > 4
          || !part.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
        throw bad(whole);
      } else {
        groups.add(Integer.parseInt(part, 16));
      }
    }
    return groups;
  }

  private static IllegalArgumentException bad(String text) {
    return new IllegalArgumentException("not an IP address: " + text);
  }
}
