package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.kernel.Attributes;
import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.service.Ip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads our tables from the kernel. */
final class KernelReader {
  private static final int DORMANT = 1; // NFT_TABLE_F_DORMANT

  private static final int DUMPS = 5;

  private final NetlinkSocket socket;
  private final NetlinkBuffer request;

  KernelReader(NetlinkSocket socket, NetlinkBuffer request) {
    this.socket = socket;
    this.request = request;
  }

  /** Counts up with every change of any table in this network namespace. */
  int generation() {
    request.clear();
    request.message(Messages.SUBSYSTEM << 8 | Messages.GETGEN, NetlinkBuffer.ACK);
    request.netfilterHeader(0, 0);
    int[] generation =
        socket.request(
            request,
            () -> new int[1],
            (into, type, family, attributes) -> {
              while (attributes.next()) {
                if (attributes.type() == 1) { // NFTA_GEN_ID
                  into[0] = attributes.netInt();
                }
              }
            });
    return generation[0];
  }

  boolean exists(Table table) {
    return head(table) != null;
  }

  /** The table without the elements of its sets. */
  KernelTable read(Table table) {
    Head head = head(table);
    if (head == null) {
      return KernelTable.ABSENT;
    }
    // Dormant, or somebody's: as good as another layout.
    boolean known = head.flags == 0 && Arrays.equals(head.userdata, Userdata.table(Table.LAYOUT));
    var kernel = new KernelTable(known, (head.flags & DORMANT) != 0);
    begin(table, Messages.GETSET, NetlinkBuffer.DUMP);
    request.text(1, Table.NAME);
    kernel
        .sets()
        .putAll(
            socket.request(
                request,
                LinkedHashMap<String, SetShape>::new,
                (into, type, family, attributes) -> set(into, attributes)));
    begin(table, Messages.GETCHAIN, NetlinkBuffer.DUMP);
    kernel
        .chains()
        .putAll(
            socket.request(
                request,
                LinkedHashMap<String, KernelTable.Chain>::new,
                (into, type, family, attributes) -> chain(into, attributes)));
    begin(table, Messages.GETRULE, NetlinkBuffer.DUMP);
    request.text(1, Table.NAME);
    socket
        .request(
            request,
            ArrayList<KernelTable.RuleTag>::new,
            (into, type, family, attributes) -> rule(into, attributes))
        .forEach(kernel::rule);
    return kernel;
  }

  /** All elements of a set. */
  List<Element> elements(Table table, NamedSet set) {
    return whole(table, set, element -> element(table, set, element), ElementId::of);
  }

  /** Clients that {@link NamedSet#AFFINITY} holds. */
  List<Remembered> remembered(Table table) {
    return whole(
        table,
        NamedSet.AFFINITY,
        element -> remembered(table, element),
        r -> new Client(r.pool(), r.client()));
  }

  private record Client(int pool, Ip ip) {}

  /**
   * All elements of a set, each once. While the kernel still spreads a set over more buckets, which
   * it does some time after many were added, a dump has some twice, and as many are missing: it
   * counts what it has shown already in another order. Then another dump has the rest.
   */
  private <T> List<T> whole(
      Table table, NamedSet set, Function<Attributes, T> read, Function<T, Object> key) {
    var all = new LinkedHashMap<Object, T>();
    for (int i = 0; i < DUMPS; i++) {
      List<T> dump = dump(table, set, read);
      var distinct = HashMap.<Object, T>newHashMap(dump.size());
      dump.forEach(element -> distinct.put(key.apply(element), element));
      if (distinct.size() == dump.size() && all.isEmpty()) {
        return dump;
      }
      all.putAll(distinct);
      if (distinct.size() == dump.size()) {
        break;
      }
    }
    return List.copyOf(all.values());
  }

  private <T> List<T> dump(Table table, NamedSet set, Function<Attributes, T> read) {
    begin(table, Messages.GETSETELEM, NetlinkBuffer.DUMP);
    request.text(1, Table.NAME);
    request.text(2, set.label());
    return socket.request(
        request,
        ArrayList<T>::new,
        (into, type, family, attributes) -> {
          while (attributes.next()) {
            if (attributes.type() == 3) {
              var list = attributes.nested();
              while (list.next()) {
                into.add(read.apply(list.nested()));
              }
            }
          }
        });
  }

  /** What the kernel says of a table itself; filled as it is read. */
  private static final class Head {
    private byte[] userdata = {};
    private int flags;
  }

  /** Null when there is no table. */
  private @Nullable Head head(Table table) {
    begin(table, Messages.GETTABLE, NetlinkBuffer.ACK);
    request.text(1, Table.NAME);
    try {
      return socket.request(
          request,
          Head::new,
          (into, type, family, attributes) -> {
            while (attributes.next()) {
              if (attributes.type() == 6) {
                into.userdata = attributes.bytes();
              } else if (attributes.type() == 2) {
                into.flags = attributes.netInt();
              }
            }
          });
    } catch (NetlinkException e) {
      if (e.errno().equals(Errno.ENOENT)) {
        return null;
      }
      throw e;
    }
  }

  private static void set(Map<String, SetShape> into, Attributes attributes) {
    String table = "";
    String name = "";
    int[] numbers = new int[8];
    while (attributes.next()) {
      int type = attributes.type();
      if (type == 1) {
        table = attributes.text();
      } else if (type == 2) {
        name = attributes.text();
      } else if (type >= 3 && type <= 7) {
        numbers[type] = attributes.netInt();
      }
    }
    if (table.equals(Table.NAME)) {
      // The kernel gives the size of its own structure for verdicts.
      int dataBytes = numbers[6] == Field.VERDICT_TYPE ? 0 : numbers[7];
      into.put(name, new SetShape(numbers[3], numbers[4], numbers[5], numbers[6], dataBytes));
    }
  }

  private static void chain(Map<String, KernelTable.Chain> into, Attributes attributes) {
    String table = "";
    String name = "";
    String kind = "";
    int policy = 1;
    Hook hook = null;
    while (attributes.next()) {
      switch (attributes.type()) {
        case 1 -> table = attributes.text();
        case 3 -> name = attributes.text();
        case 4 -> {
          int number = 0;
          int priority = 0;
          var nest = attributes.nested();
          while (nest.next()) {
            if (nest.type() == 1) {
              number = nest.netInt();
            } else if (nest.type() == 2) {
              priority = nest.netInt();
            }
          }
          hook = new Hook(number, priority);
        }
        case 5 -> policy = attributes.netInt();
        case 7 -> kind = attributes.text();
        default -> {
          // Counters, handle, use: not ours to judge.
        }
      }
    }
    if (table.equals(Table.NAME)) {
      boolean usual = hook == null || (policy == 1 && kind.equals(Hook.TYPE));
      into.put(name, new KernelTable.Chain(hook, usual));
    }
  }

  private static void rule(List<KernelTable.RuleTag> into, Attributes attributes) {
    String table = "";
    String chain = "";
    String leads = "";
    byte[] userdata = {};
    while (attributes.next()) {
      switch (attributes.type()) {
        case 1 -> table = attributes.text();
        case 2 -> chain = attributes.text();
        case 4 -> leads = leads(attributes.nested());
        case 7 -> userdata = attributes.bytes();
        default -> {
          // The fingerprint vouches for everything else.
        }
      }
    }
    if (table.equals(Table.NAME)) {
      into.add(new KernelTable.RuleTag(chain, Userdata.fingerprint(userdata), leads));
    }
  }

  /** The chain that a rule's expressions jump or go to; empty when they do not. */
  private static String leads(Attributes expressions) {
    String leads = "";
    while (expressions.next()) {
      String name = "";
      var expression = expressions.nested();
      while (expression.next()) {
        if (expression.type() == 1) {
          name = expression.text();
        } else if (expression.type() == 2 && name.equals("immediate")) {
          leads = target(expression.nested());
        }
      }
    }
    return leads;
  }

  private static String target(Attributes immediate) {
    while (immediate.next()) {
      if (immediate.type() == 2) {
        var data = immediate.nested();
        if (data.next() && data.type() == 2) { // NFTA_DATA_VERDICT
          var verdict = data.nested();
          while (verdict.next()) {
            if (verdict.type() == 2) {
              return verdict.text();
            }
          }
        }
      }
    }
    return "";
  }

  private static Remembered remembered(Table table, Attributes attributes) {
    byte[] key = {};
    byte[] data = {};
    long left = 0;
    while (attributes.next()) {
      switch (attributes.type()) {
        case 1 -> key = value(attributes.nested());
        case 2 -> data = value(attributes.nested());
        case 5 -> left = attributes.netLong();
        default -> {
          // How long it is remembered from the start: the Service says so too.
        }
      }
    }
    return new Remembered(
        table,
        Element.first(key),
        Ip.of(Arrays.copyOfRange(key, 4, 4 + table.addressBytes())),
        data[0],
        Element.number(data),
        0,
        left);
  }

  private static Element element(Table table, NamedSet set, Attributes attributes) {
    byte[] key = {};
    byte[] until = {};
    byte[] data = {};
    byte[] userdata = {};
    boolean end = false;
    while (attributes.next()) {
      switch (attributes.type()) {
        case 1 -> key = value(attributes.nested());
        case 2 -> data = value(attributes.nested());
        case 3 -> end = (attributes.netInt() & 1) != 0;
        case 6 -> userdata = attributes.bytes();
        case 10 -> until = value(attributes.nested());
        default -> {
          // Timeouts and counters.
        }
      }
    }
    return Element.found(table, set, key, until, data, userdata, end);
  }

  /** The bytes of a value, or the chain that a verdict goes to. */
  private static byte[] value(Attributes data) {
    if (!data.next()) {
      return new byte[0];
    }
    if (data.type() == 1) {
      return data.bytes();
    }
    int code = 0;
    String chain = "";
    var verdict = data.nested();
    while (verdict.next()) {
      if (verdict.type() == 1) {
        code = verdict.netInt();
      } else if (verdict.type() == 2) {
        chain = verdict.text();
      }
    }
    return Element.verdict(code == RuleWriter.NFT_GOTO ? chain : code + " " + chain);
  }

  private void begin(Table table, int type, int flags) {
    request.clear();
    request.message(Messages.SUBSYSTEM << 8 | type, flags);
    request.netfilterHeader(table.protocol(), 0);
  }
}
