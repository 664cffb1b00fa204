package io.portolan.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("netlink")
class NetlinkSocketTest {
  private static final int NFTABLES = 10 << 8;
  private static final int IPV4 = 2;

  private NetworkNamespace space;
  private NetlinkSocket socket;
  private final NetlinkBuffer buffer = new NetlinkBuffer();

  @BeforeEach
  void open() {
    space = NetworkNamespace.create("netlink");
    socket = space.call(() -> NetlinkSocket.open(NetlinkSocket.NETFILTER));
  }

  @AfterEach
  void close() {
    socket.close();
    buffer.close();
    space.close();
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "1,EPERM,Operation not permitted",
    "2,ENOENT,No such file or directory",
    "16,EBUSY,Device or resource busy",
    "22,EINVAL,Invalid argument",
    "40,ELOOP,Too many levels of symbolic links",
    "85,ERESTART,Interrupted system call should be restarted",
    "95,EOPNOTSUPP,Operation not supported",
    "105,ENOBUFS,No buffer space available",
    "111,ECONNREFUSED,Connection refused",
    "116,ESTALE,Stale file handle",
    "4000,4000,Unknown error 4000"
  })
  @DisplayName("error numbers have their names and the C library's words")
  void errno(int code, String name, String text) {
    assertThat(new Errno(code)).hasToString(name + " (" + text + ")");
  }

  @Test
  @DisplayName("a refusal tells the message, the reason and the attribute; nothing is changed")
  void refusal() {
    batch(
        () -> {
          newTable("fine");
          // A chain in a table that does not exist.
          buffer.message(NFTABLES | 3, NetlinkBuffer.CREATE);
          buffer.netfilterHeader(IPV4, 0);
          buffer.text(1, "missing");
          buffer.text(3, "chain");
        });
    assertThatThrownBy(() -> socket.transact(buffer))
        .asInstanceOf(InstanceOfAssertFactories.type(NetlinkException.class))
        .satisfies(
            e -> {
              assertThat(e.errno()).isEqualTo(Errno.ENOENT);
              assertThat(e.message()).isEqualTo(2);
              assertThat(e.offset()).as("after both headers").isEqualTo(20);
              assertThat(e).hasMessage("ENOENT (No such file or directory)");
            });
    assertThat(space.exec("nft", "list", "tables")).isEmpty();
  }

  @Test
  @DisplayName("the kernel's own explanation is passed on where it has one")
  void explanation() {
    var route = space.call(() -> NetlinkSocket.open(0)); // NETLINK_ROUTE
    try (route) {
      buffer.message(24, NetlinkBuffer.ACK | NetlinkBuffer.CREATE); // RTM_NEWROUTE
      buffer.raw(new byte[] {IPV4, 33, 0, 0, (byte) 254, 4, 0, 1, 0, 0, 0, 0}); // a prefix of 33
      assertThatThrownBy(() -> route.transact(buffer))
          .isInstanceOf(NetlinkException.class)
          .hasMessage("EINVAL (Invalid argument): Invalid prefix length");
    }
  }

  @Test
  @DisplayName("a batch far larger than the default send buffer goes out whole")
  void large() {
    batch(
        () -> {
          for (int i = 0; i < 20_000; i++) {
            newTable("table-with-a-name-of-some-length-" + i % 100);
          }
        });
    assertThat(buffer.size()).isGreaterThan(1 << 20);
    socket.transact(buffer);
    assertThat(tables(socket)).hasSize(100);
  }

  @Test
  @DisplayName("a dump is whole although the tables change all the time")
  void dumpDuringChanges() throws Exception {
    batch(
        () -> {
          for (int i = 0; i < 500; i++) {
            newTable("stays-" + i);
          }
        });
    socket.transact(buffer);
    var done = new AtomicBoolean();
    var failed = new ArrayList<Throwable>();
    Thread writer =
        space.start(
            () -> {
              try (var other = NetlinkSocket.open(NetlinkSocket.NETFILTER);
                  var changes = new NetlinkBuffer()) {
                while (!done.get()) {
                  begin(changes);
                  changes.message(NFTABLES, NetlinkBuffer.CREATE);
                  changes.netfilterHeader(IPV4, 0);
                  changes.text(1, "comes-and-goes");
                  changes.message(NFTABLES | 2, 0);
                  changes.netfilterHeader(IPV4, 0);
                  changes.text(1, "comes-and-goes");
                  end(changes);
                  other.transact(changes);
                  Thread.sleep(1);
                }
              } catch (Exception e) {
                failed.add(e);
              }
            });
    try {
      for (int i = 0; i < 50; i++) {
        assertThat(tables(socket)).filteredOn(name -> name.startsWith("stays-")).hasSize(500);
      }
    } finally {
      done.set(true);
      assertThat(writer.join(java.time.Duration.ofSeconds(10))).isTrue();
    }
    assertThat(failed).isEmpty();
  }

  private List<String> tables(NetlinkSocket from) {
    buffer.clear();
    buffer.message(NFTABLES | 1, NetlinkBuffer.DUMP);
    buffer.netfilterHeader(IPV4, 0);
    return from.request(
        buffer,
        ArrayList<String>::new,
        (into, type, family, attributes) -> {
          while (attributes.next()) {
            if (attributes.type() == 1) {
              into.add(attributes.text());
            }
          }
        });
  }

  private void newTable(String name) {
    buffer.message(NFTABLES, NetlinkBuffer.CREATE);
    buffer.netfilterHeader(IPV4, 0);
    buffer.text(1, name);
  }

  private void batch(Runnable content) {
    begin(buffer);
    content.run();
    end(buffer);
  }

  private static void begin(NetlinkBuffer into) {
    into.clear();
    into.message(0x10, 0);
    into.netfilterHeader(0, 10);
  }

  private static void end(NetlinkBuffer into) {
    into.flags(NetlinkBuffer.ACK);
    into.message(0x11, 0);
    into.netfilterHeader(0, 10);
  }
}
