package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.sync.RecordingDataplane;
import io.portolan.agent.sync.RecordingVariant;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of things; what the kernel makes of it is in SwitchTrafficTest. */
@Timeout(60)
class ModesTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Plan PLAN = new Plan(NodeFacts.NONE, Map.of());
  private static final PortKey DNS =
      new PortKey("kube-system", "dns", "", Protocol.UDP, IpFamily.IPV4);
  private static final StickyClient CLIENT =
      new StickyClient(DNS, Ip.parse("10.0.0.9"), Ip.parse("10.0.0.1"), 53, Duration.ofSeconds(60));

  private static final StickyClient LATE =
      new StickyClient(DNS, Ip.parse("10.0.0.8"), Ip.parse("10.0.0.1"), 53, Duration.ofSeconds(60));
  private static final StickyClient LAST =
      new StickyClient(DNS, Ip.parse("10.0.0.7"), Ip.parse("10.0.0.1"), 53, Duration.ofSeconds(60));

  /** Of a proxy that is not ours. */
  private static final class OtherMemory implements Memory {
    private final Set<StickyClient> clients = new LinkedHashSet<>();
    private boolean broken;

    @Override
    public List<StickyClient> clients(Plan plan) {
      refuse();
      return List.copyOf(clients);
    }

    @Override
    public int remember(Plan plan, Supplier<? extends Collection<StickyClient>> more) {
      refuse();
      clients.addAll(more.get());
      return more.get().size();
    }

    private void refuse() {
      if (broken) {
        throw new IllegalStateException("not today");
      }
    }
  }

  private final RecordingDataplane tables = new RecordingDataplane();
  private final RecordingDataplane chains = new RecordingDataplane();
  private final AtomicReference<Optional<String>> objection =
      new AtomicReference<>(Optional.empty());
  private final AtomicInteger unserved = new AtomicInteger();
  private final OtherMemory other = new OtherMemory();
  private Modes modes = modes();

  private Modes modes() {
    return new Modes(
        List.of(
            RecordingVariant.nftables(() -> tables),
            new RecordingVariant(Mode.IPTABLES, "nft", () -> chains)),
        (plan, everyone) -> objection.get(),
        other,
        () -> {});
  }

  private static Wish wish(Mode mode) {
    return new Wish(mode, IptablesBackend.AUTO, new DataplaneSettings(1));
  }

  /** From the first time that one serves there must always be one that does. */
  @BeforeEach
  void watch() {
    for (RecordingDataplane kernel : List.of(tables, chains)) {
      kernel.watch(
          doors -> {
            if (!serves(tables) && !serves(chains)) {
              unserved.incrementAndGet();
            }
          });
    }
  }

  @AfterEach
  void close() {
    modes.close();
  }

  private static boolean serves(RecordingDataplane kernel) {
    return kernel.found().filter(Doors::serve).isPresent();
  }

  private void start(Mode mode) {
    modes.replace(wish(mode), PLAN);
    unserved.set(0);
  }

  @Test
  @DisplayName("what was seen at the start counts no more after everything was removed")
  void seenBeforeRemoval() {
    start(Mode.IPTABLES);
    modes.close();
    modes = modes();
    modes.look();
    assertThat(modes.remove(wish(Mode.IPTABLES), () -> PLAN)).isTrue();
    assertThat(modes.serves()).isFalse();
    start(Mode.NFTABLES);
    assertThat(Objects.requireNonNull(modes.serving()).mode()).isEqualTo(Mode.NFTABLES);
    assertThat(chains.found()).isEmpty();
  }

  private Standing steer(Mode mode) {
    return modes.steer(wish(mode), () -> PLAN);
  }

  private <T extends Standing> T until(Mode mode, Class<T> kind) {
    var standing = new AtomicReference<Standing>();
    Eventually.holds(
        SOON,
        () -> {
          standing.set(steer(mode));
          assertThat(standing.get()).isInstanceOf(kind);
        });
    return kind.cast(standing.get());
  }

  @Test
  @DisplayName("a switch opens the new mode before it closes the old one, and leaves nothing of it")
  void switches() {
    start(Mode.NFTABLES);
    until(Mode.IPTABLES, Standing.Steady.class);
    assertThat(chains.found()).contains(Doors.OPEN);
    assertThat(tables.found()).isEmpty();
    assertThat(chains.calls())
        .containsSubsequence("replace", "replace", "doors PROBES", "doors OPEN");
    assertThat(tables.calls())
        .containsSubsequence("doors NO_PROBES", "doors EXIT", "doors CLOSED", "remove");
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("clients with affinity are carried over, also those that come during the switch")
  void affinity() {
    start(Mode.NFTABLES);
    tables.remember(List.of(CLIENT));
    until(Mode.IPTABLES, Standing.Steady.class);
    assertThat(chains.clients()).containsExactly(CLIENT);
  }

  @Test
  @DisplayName("what probes object to never serves; the old mode goes on and the reason is told")
  void objected() {
    start(Mode.NFTABLES);
    objection.set(Optional.of("6 of 6 connections got no answer"));
    var refused = until(Mode.IPTABLES, Standing.Refused.class);
    assertThat(refused.words()).contains("6 of 6").contains("nftables -> iptables-nft");
    assertThat(tables.found()).contains(Doors.OPEN);
    assertThat(chains.found()).isEmpty();
    assertThat(chains.calls()).doesNotContain("doors OPEN");
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("a kernel that refuses the new mode leaves the old one as it was")
  void refused() {
    start(Mode.NFTABLES);
    chains.refuse(1, "no room");
    assertThat(until(Mode.IPTABLES, Standing.Refused.class).words()).contains("no room");
    assertThat(tables.found()).contains(Doors.OPEN);
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("mode auto goes back to what serves when the first choice fails")
  void autoFails() {
    tables.refuse(1, "the probe was wrong");
    modes.close();
    modes = modes();
    chains.replace(PLAN, Doors.OPEN);
    modes.replace(wish(Mode.AUTO), PLAN);
    unserved.set(0);
    var steady = until(Mode.AUTO, Standing.Steady.class);
    assertThat(steady.chosen().variant().mode()).isEqualTo(Mode.IPTABLES);
    assertThat(steady.chosen().reason()).contains("the probe was wrong");
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("changes during the switch reach both modes, also while the new one is being made")
  void changes() throws InterruptedException {
    start(Mode.NFTABLES);
    var held = new CountDownLatch(1);
    chains.watch(
        doors -> {
          try {
            held.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(steer(Mode.IPTABLES)).isInstanceOf(Standing.Underway.class);
    var delta = new PlanDelta(null, List.of(), List.of(DNS));
    modes.apply(delta);
    assertThat(tables.deltas()).containsExactly(delta);
    held.countDown();
    until(Mode.IPTABLES, Standing.Steady.class);
    assertThat(chains.deltas()).containsExactly(delta);
  }

  @Test
  @DisplayName("orders back during a switch end it")
  void calledOff() {
    start(Mode.NFTABLES);
    steer(Mode.IPTABLES);
    until(Mode.NFTABLES, Standing.Steady.class);
    assertThat(tables.found()).contains(Doors.OPEN);
    assertThat(chains.found()).isEmpty();
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("at a start what serves is adopted, and the way to what is asked for begins there")
  void adopted() {
    chains.replace(PLAN, Doors.OPEN);
    tables.replace(PLAN, Doors.CLOSED);
    modes.replace(wish(Mode.NFTABLES), PLAN);
    assertThat(Objects.requireNonNull(modes.serving()).mode()).isEqualTo(Mode.IPTABLES);
    until(Mode.NFTABLES, Standing.Steady.class);
    assertThat(tables.found()).contains(Doors.OPEN);
    assertThat(chains.found()).isEmpty();
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("at a start with two that serve the one that is asked for stays, with the clients")
  void both() {
    chains.replace(PLAN, Doors.OPEN);
    chains.remember(List.of(CLIENT));
    tables.replace(PLAN, Doors.OPEN);
    modes.replace(wish(Mode.NFTABLES), PLAN);
    until(Mode.NFTABLES, Standing.Steady.class);
    assertThat(chains.found()).isEmpty();
    assertThat(tables.clients()).containsExactly(CLIENT);
    assertThat(unserved).hasValue(0);
  }

  @Test
  @DisplayName("beside another proxy nothing opens before it was verified and tried")
  void beside() {
    modes.prepare(wish(Mode.NFTABLES));
    until(Mode.NFTABLES, Standing.Steady.class);
    assertThat(tables.calls())
        .containsSubsequence("replace", "replace", "doors PROBES", "doors OPEN");
  }

  @Test
  @DisplayName("clients of another proxy are taken over with the node, late ones too")
  void inherited() {
    other.clients.add(CLIENT);
    tables.watch(
        doors -> {
          if (doors == Doors.OPEN) {
            other.clients.add(LATE);
          }
        });
    modes.prepare(wish(Mode.NFTABLES));
    until(Mode.NFTABLES, Standing.Steady.class);
    assertThat(tables.clients()).containsExactlyInAnyOrder(CLIENT, LATE);
    other.clients.add(LAST);
    modes.takeClients(PLAN);
    assertThat(tables.clients()).containsExactlyInAnyOrder(CLIENT, LATE, LAST);
  }

  @Test
  @DisplayName("another proxy whose clients cannot be read is taken over all the same")
  void unreadable() {
    other.broken = true;
    modes.prepare(wish(Mode.NFTABLES));
    until(Mode.NFTABLES, Standing.Steady.class);
    assertThat(tables.found()).contains(Doors.OPEN);
  }

  @Test
  @DisplayName("clients are left to another proxy before the doors close, and again after that")
  void bequeathed() {
    start(Mode.NFTABLES);
    tables.remember(List.of(CLIENT));
    tables.watch(
        doors -> {
          if (doors == Doors.EXIT) {
            assertThat(other.clients).containsExactly(CLIENT);
            tables.remember(List.of(LATE));
          }
        });
    Eventually.holds(
        SOON, () -> assertThat(modes.remove(wish(Mode.NFTABLES), () -> PLAN)).isTrue());
    assertThat(other.clients).containsExactlyInAnyOrder(CLIENT, LATE);
    assertThat(tables.found()).isEmpty();
  }

  @Test
  @DisplayName("a node whose clients cannot be left to another proxy is given back all the same")
  void unwritable() {
    start(Mode.NFTABLES);
    tables.remember(List.of(CLIENT));
    other.broken = true;
    modes.shareClients(() -> PLAN);
    assertThat(tables.found()).contains(Doors.OPEN);
    Eventually.holds(
        SOON, () -> assertThat(modes.remove(wish(Mode.NFTABLES), () -> PLAN)).isTrue());
    assertThat(tables.found()).isEmpty();
  }

  @Test
  @DisplayName("a mode that cannot be removed is told, and tried again")
  void stays() {
    start(Mode.NFTABLES);
    until(Mode.IPTABLES, Standing.Underway.class);
    tables.watch(
        doors -> {
          if (doors == Doors.CLOSED) {
            tables.refuse(1, "in use");
          }
        });
    var refused = until(Mode.IPTABLES, Standing.Refused.class);
    assertThat(refused.words()).contains("nftables cannot be removed").contains("in use");
    assertThat(chains.found()).contains(Doors.OPEN);
  }

  @Test
  @DisplayName("removing everything ends a switch, and leaves nothing of any mode")
  void removed() {
    start(Mode.NFTABLES);
    steer(Mode.IPTABLES);
    Eventually.holds(
        SOON, () -> assertThat(modes.remove(wish(Mode.IPTABLES), () -> PLAN)).isTrue());
    assertThat(tables.found()).isEmpty();
    assertThat(chains.found()).isEmpty();
  }
}
