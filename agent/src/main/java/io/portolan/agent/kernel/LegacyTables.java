package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.portolan.agent.service.IpFamily;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The chains of iptables-legacy, asked of the kernel itself ({@code linux/netfilter_ipv4/
 * ip_tables.h}, {@code linux/netfilter_ipv6/ip6_tables.h}) in the network namespace of the calling
 * thread: no program is needed, and no text of a hundred thousand rules is made to find a name.
 */
public final class LegacyTables {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int IPPROTO_IPV6 = 41;
  private static final int GET_INFO = 64;
  private static final int GET_ENTRIES = 65;

  /** Size of {@code struct ipt_getinfo} in bytes; that of IPv6 is the same. */
  private static final int INFO = 84;

  private static final int NAME = 32;
  private static final int VALID_HOOKS = 32;
  private static final int HOOK_ENTRY = 36;
  private static final int HOOKS = 5;
  private static final int SIZE = 80;

  /** Where the entries begin in {@code struct ipt_get_entries}. */
  private static final int ENTRIES = 40;

  /** The header of a target, before its data, in bytes. */
  private static final int TARGET = 32;

  private static final int ATTEMPTS = 5;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  /**
   * A chain.
   *
   * @param entered whether a rule of one of the kernel's own chains jumps to it
   */
  public record Chain(String table, String name, boolean entered) {}

  private LegacyTables() {}

  /**
   * Chains that were made by somebody, of all tables. A table that was never used here stays
   * unused: to ask for it would make the kernel set it up.
   *
   * @throws SystemCallException when the kernel refuses
   */
  public static List<Chain> chains(IpFamily family) {
    var chains = new ArrayList<Chain>();
    for (String table : tables(family)) {
      try (var arena = Arena.ofConfined()) {
        read(arena, family, table, chains);
      }
    }
    return chains;
  }

  private static List<String> tables(IpFamily family) {
    String file = family == IpFamily.IPV4 ? "ip_tables_names" : "ip6_tables_names";
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/net", file)).stream()
          .filter(name -> !name.isBlank())
          .toList();
    } catch (IOException e) {
      return List.of(); // A kernel without iptables-legacy.
    }
  }

  private static void read(Arena arena, IpFamily family, String table, List<Chain> into) {
    boolean v6 = family == IpFamily.IPV6;
    var libc = new LibC(arena);
    int level = v6 ? IPPROTO_IPV6 : 0;
    int fd = libc.socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    try {
      for (int i = 0; i < ATTEMPTS; i++) {
        MemorySegment info = arena.allocate(INFO, 8);
        info.setString(0, table);
        libc.getsockopt(fd, level, GET_INFO, info);
        int size = info.get(INT, SIZE);
        try (var large = Arena.ofConfined()) {
          MemorySegment entries = large.allocate(ENTRIES + (long) size, 8);
          entries.setString(0, table);
          entries.set(INT, NAME, size);
          libc.getsockopt(fd, level, GET_ENTRIES, entries);
          walk(table, info, entries.asSlice(ENTRIES), v6 ? 140 : 88, into);
          return;
        } catch (SystemCallException e) {
          // Somebody has changed the table between the two questions.
          if (!e.errno().equals(Errno.EAGAIN) || i == ATTEMPTS - 1) {
            throw e;
          }
        }
      }
    } finally {
      libc.close(fd);
    }
  }

  /**
   * Goes through the entries: a chain begins with an entry whose target {@code ERROR} carries its
   * name, and a jump goes to the entry after that.
   *
   * @param offsets where an entry has the offsets of its target and of the next entry
   */
  private static void walk(
      String table, MemorySegment info, MemorySegment entries, int offsets, List<Chain> into) {
    SortedMap<Integer, String> chains = new TreeMap<>();
    Set<Integer> entered = new HashSet<>();
    boolean own = true; // The kernel's own chains come first.
    int end = (int) entries.byteSize();
    int at = 0;
    while (at < end) {
      int target = at + Short.toUnsignedInt(entries.get(SHORT, at + (long) offsets));
      int next = at + Short.toUnsignedInt(entries.get(SHORT, at + offsets + 2L));
      if (next <= at || target + TARGET + 4 > end) {
        return;
      }
      String name = text(entries, target + 2, 29);
      if (name.equals("ERROR")) {
        own = false;
        if (next < end) { // The last one ends the table.
          chains.put(next, text(entries, target + TARGET, 30));
        }
      } else if (own && name.isEmpty()) {
        entered.add(entries.get(INT, target + (long) TARGET)); // A verdict, negative, is no chain.
      }
      at = next;
    }
    for (int hook = 0; hook < HOOKS; hook++) {
      if ((info.get(INT, VALID_HOOKS) & 1 << hook) != 0) {
        entered.remove(info.get(INT, HOOK_ENTRY + 4L * hook));
      }
    }
    chains.forEach((first, name) -> into.add(new Chain(table, name, entered.contains(first))));
  }

  private static String text(MemorySegment memory, int at, int most) {
    byte[] bytes = memory.asSlice(at, most).toArray(JAVA_BYTE);
    int length = 0;
    while (length < most && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
