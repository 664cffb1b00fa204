package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.dataplane.nftables.Change.ChainName;
import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.kernel.SystemCallException;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Mode nftables. Two tables, {@code ip portolan} and {@code ip6 portolan}, are changed together in
 * one netlink batch, which is one transaction of the kernel. {@code docs/design/nftables.md} tells
 * how the tables are laid out, {@link RuleBook} has the rules, {@link NamedSet} the maps.
 *
 * <p>A Service port gets a pick chain that no other had before? Then the chain is made in a
 * transaction of its own, before the one that leads packets to it: a packet that is on its way
 * through the old rules while they change must not find the chain empty.
 */
public final class NftablesDataplane implements Dataplane {
  private static final int ATTEMPTS = 5;

  private final NetlinkSocket socket;
  private final NetlinkBuffer buffer = new NetlinkBuffer();
  private final KernelReader reader;
  private final Consumer<NetlinkBuffer> observer;
  private @Nullable Model model;

  /**
   * For tests.
   *
   * @param observer sees every batch before it is sent
   */
  NftablesDataplane(NetlinkSocket socket, Consumer<NetlinkBuffer> observer) {
    this.socket = socket;
    this.observer = observer;
    reader = new KernelReader(socket, buffer);
  }

  /**
   * The dataplane of the network namespace that the calling thread is in. Nothing is read or
   * written yet.
   *
   * @throws DataplaneException when the kernel gives no netlink socket
   */
  public static NftablesDataplane open() {
    try {
      return new NftablesDataplane(NetlinkSocket.open(NetlinkSocket.NETFILTER), batch -> {});
    } catch (SystemCallException e) {
      throw new DataplaneException("cannot talk to nf_tables: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<Doors> found() {
    throw new UnsupportedOperationException("found");
  }

  @Override
  public Audit replace(Plan plan, Doors doors) {
    if (doors != Doors.OPEN) {
      throw new UnsupportedOperationException("doors " + doors);
    }
    return replace(plan);
  }

  @Override
  public void doors(Doors doors) {
    throw new UnsupportedOperationException("doors");
  }

  @Override
  public List<StickyClient> clients() {
    throw new UnsupportedOperationException("clients");
  }

  @Override
  public int remember(Collection<StickyClient> clients) {
    throw new UnsupportedOperationException("remember");
  }

  public Audit replace(Plan plan) {
    return told(
        () -> {
          for (int i = 1; true; i++) {
            try {
              return replace(plan, i < ATTEMPTS);
            } catch (NetlinkException e) {
              // Someone changed a table, ours or not, between our reading and writing.
              if (!e.errno().equals(Errno.ERESTART) || i >= ATTEMPTS) {
                throw e;
              }
            }
          }
        });
  }

  private Audit replace(Plan plan, boolean guarded) {
    int generation = reader.generation();
    var kernel = new EnumMap<Table, KernelTable>(Table.class);
    for (Table table : Table.values()) {
      kernel.put(table, reader.read(table));
    }
    var work = new Reconciliation(kernel, reader, plan);
    var change = work.change();

    var chains = new Transaction(buffer, guarded ? generation : 0);
    var early = new LinkedHashMap<>(change.newChains);
    early.keySet().removeIf(chain -> work.rebuild(chain.table()) || !sound(work, chain));
    chains.chains(early);
    if (send(chains)) {
      generation++;
    }
    change.newChains.keySet().removeAll(early.keySet());

    var rest = new Transaction(buffer, guarded ? generation : 0);
    structure(rest, work);
    rest.change(change);
    for (Table table : Table.values()) {
      work.foreignSets(table).forEach(set -> rest.deleteSet(table, set));
    }
    send(rest);
    model = work.model();
    return work.audit();
  }

  /** Whether the sets that a pick chain reads, and the chains it leads to, are there already. */
  private static boolean sound(Reconciliation work, ChainName chain) {
    return work.newSets(chain.table()).isEmpty()
        && RuleBook.FIXED.stream()
            .noneMatch(name -> work.newChain(new ChainName(chain.table(), name)));
  }

  /** Tables, sets and chains that are not there yet. */
  private static void structure(Transaction out, Reconciliation work) {
    for (Table table : Table.values()) {
      if (work.rebuild(table)) {
        if (work.present(table)) {
          out.deleteTable(table);
        }
        out.newTable(table);
      }
      work.newSets(table).forEach(set -> out.newSet(table, set));
    }
    var change = work.change();
    change.rules.keySet().stream()
        .filter(work::newChain)
        .forEach(chain -> out.newChain(chain.table(), chain.name()));
    out.chains(change.newChains);
  }

  @Override
  public void apply(PlanDelta delta) {
    Model known = model;
    if (known == null) {
      throw new IllegalStateException("replace comes first");
    }
    told(
        () -> {
          var change = known.change(delta);
          var chains = new Transaction(buffer, 0);
          chains.chains(change.newChains);
          if (send(chains)) {
            change.newChains.keySet().forEach(known::chain);
          }
          if (!change.quiet()) {
            var elements = new Transaction(buffer, 0);
            elements.change(change);
            send(elements);
          }
          known.commit(change);
          return known;
        });
  }

  @Override
  public void remove() {
    told(
        () -> {
          var out = new ArrayList<Table>();
          for (Table table : Table.values()) {
            if (reader.exists(table)) {
              out.add(table);
            }
          }
          var deletion = new Transaction(buffer, 0);
          out.forEach(deletion::deleteTable);
          send(deletion);
          model = null;
          for (Table table : Table.values()) {
            if (reader.exists(table)) {
              throw new DataplaneException(table + " is there again after it was deleted", null);
            }
          }
          return out;
        });
  }

  /** Sends a batch unless it is empty; whether it was sent. */
  private boolean send(Transaction transaction) {
    if (!transaction.end()) {
      return false;
    }
    observer.accept(buffer);
    socket.transact(buffer);
    return true;
  }

  /** Turns the kernel's refusal into words; what was asked for is still in the buffer. */
  private <T> T told(Supplier<T> work) {
    try {
      return work.get();
    } catch (NetlinkException e) {
      throw new DataplaneException(
          "cannot " + Messages.describe(buffer, e.message(), e.offset()) + ": " + e.getMessage(),
          e);
    } catch (SystemCallException e) {
      throw new DataplaneException("cannot talk to nf_tables: " + e.getMessage(), e);
    } finally {
      buffer.clear();
    }
  }

  /** Closes the socket; the tables stay. */
  @Override
  public void close() {
    socket.close();
    buffer.close();
  }
}
