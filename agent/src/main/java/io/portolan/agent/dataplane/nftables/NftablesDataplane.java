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
 *
 * <p>{@link Doors} go the same way: exit and entrance are written one after the other, and whatever
 * lies between them is {@link Doors#EXIT}.
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
    return told(
        () -> {
          Optional<Doors> widest = Optional.empty();
          for (Table table : Table.values()) {
            KernelTable kernel = readOrAbsent(table);
            if (kernel != KernelTable.ABSENT) {
              Doors doors = kernel.doors(table);
              widest = widest.filter(w -> w.compareTo(doors) > 0).or(() -> Optional.of(doors));
            }
          }
          return widest;
        });
  }

  private KernelTable readOrAbsent(Table table) {
    try {
      return reader.read(table);
    } catch (NetlinkException e) {
      // What nfnetlink says of a subsystem that it does not have: there is no nf_tables.
      if (e.errno().equals(Errno.EINVAL)) {
        return KernelTable.ABSENT;
      }
      throw e;
    }
  }

  @Override
  public Audit replace(Plan plan, Doors doors) {
    return told(
        () -> {
          for (int i = 1; true; i++) {
            try {
              return replace(plan, doors, i < ATTEMPTS);
            } catch (NetlinkException e) {
              // Someone changed a table, ours or not, between our reading and writing.
              if (!e.errno().equals(Errno.ERESTART) || i >= ATTEMPTS) {
                throw e;
              }
            }
          }
        });
  }

  private Audit replace(Plan plan, Doors doors, boolean guarded) {
    int generation = reader.generation();
    var kernel = new EnumMap<Table, KernelTable>(Table.class);
    for (Table table : Table.values()) {
      kernel.put(table, reader.read(table));
    }
    var work = new Reconciliation(kernel, reader, plan, doors);
    var change = work.change();
    var later = work.later();

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
    if (later.quiet()) {
      foreignSets(rest, work);
    }
    send(rest);
    if (!later.quiet()) {
      model = null; // Until the doors stand as they should.
      var doorsToo = new Transaction(buffer, 0);
      chains(doorsToo, work, later);
      doorsToo.change(later);
      foreignSets(doorsToo, work);
      send(doorsToo);
    }
    model = work.model();
    return work.audit();
  }

  /** Whether the sets that a pick chain reads, and the chains it leads to, are there already. */
  private static boolean sound(Reconciliation work, ChainName chain) {
    return work.newSets(chain.table()).isEmpty()
        && RuleBook.FIXED.stream()
            .noneMatch(name -> work.newChain(new ChainName(chain.table(), name)));
  }

  /** Last, because rules that are about to go may use them. */
  private static void foreignSets(Transaction out, Reconciliation work) {
    for (Table table : Table.values()) {
      work.foreignSets(table).forEach(set -> out.deleteSet(table, set));
    }
  }

  /** Tables, sets and chains that are not there yet. */
  static void structure(Transaction out, Reconciliation work) {
    for (Table table : Table.values()) {
      if (work.rebuild(table)) {
        if (work.present(table)) {
          out.deleteTable(table);
        }
        out.newTable(table);
      }
      work.newSets(table).forEach(set -> out.newSet(table, set));
    }
    chains(out, work, work.change());
    out.chains(work.change().newChains);
  }

  private static void chains(Transaction out, Reconciliation work, Change change) {
    change.rules.keySet().stream()
        .filter(work::newChain)
        .forEach(chain -> out.newChain(chain.table(), chain.name()));
  }

  @Override
  public void apply(PlanDelta delta) {
    Model known = known();
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

  private Model known() {
    Model known = model;
    if (known == null) {
      throw new IllegalStateException("replace comes first");
    }
    return known;
  }

  @Override
  public void doors(Doors doors) {
    Model known = known();
    told(
        () -> {
          Doors before = known.doors();
          if (before.exit() != doors.exit()) {
            step(known, Doors.EXIT);
          }
          try {
            step(known, doors);
          } catch (NetlinkException e) {
            DataplaneException refused = refused(e);
            try {
              step(known, before);
            } catch (NetlinkException again) {
              refused.addSuppressed(again);
            }
            throw refused;
          }
          return known;
        });
  }

  /** Sets doors in one transaction. */
  private void step(Model known, Doors doors) {
    var change = known.change(doors);
    var rules = new Transaction(buffer, 0);
    rules.change(change);
    send(rules);
    known.commit(change);
  }

  @Override
  public List<StickyClient> clients() {
    Model known = known();
    return told(() -> new Affinity(known).clients(remembered()));
  }

  @Override
  public int remember(Collection<StickyClient> clients) {
    Model known = known();
    return told(
        () -> {
          int most = Integer.MAX_VALUE;
          for (int i = 1; true; ) {
            var all = new Affinity(known).additions(clients, remembered());
            var additions = all.subList(0, Math.min(all.size(), most));
            var elements = new Transaction(buffer, 0);
            elements.remember(additions.stream().flatMap(List::stream).toList());
            try {
              send(elements);
              return additions.size();
            } catch (NetlinkException e) {
              if (e.errno().equals(Errno.ENFILE) && !additions.isEmpty()) {
                // Fuller than it seemed: what has timed out still counts until it is collected.
                most = additions.size() / 2;
              } else if (!e.errno().equals(Errno.EBUSY) || i++ >= ATTEMPTS) {
                throw e; // EBUSY: a packet of one of these clients came in between.
              }
            }
          }
        });
  }

  private List<Remembered> remembered() {
    var all = new ArrayList<Remembered>();
    for (Table table : Table.values()) {
      all.addAll(reader.remembered(table));
    }
    return all;
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
      throw refused(e);
    } catch (SystemCallException e) {
      throw new DataplaneException("cannot talk to nf_tables: " + e.getMessage(), e);
    } finally {
      buffer.clear();
    }
  }

  private DataplaneException refused(NetlinkException e) {
    return new DataplaneException(
        "cannot " + Messages.describe(buffer, e.message(), e.offset()) + ": " + e.getMessage(), e);
  }

  /** Closes the socket; the tables stay. */
  @Override
  public void close() {
    socket.close();
    buffer.close();
  }
}
