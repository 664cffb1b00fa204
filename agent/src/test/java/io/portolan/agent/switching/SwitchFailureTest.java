package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.switching.Driven.Way;
import io.portolan.agent.switching.Scene.Clients;
import io.portolan.agent.sync.SyncState;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step of the way fails, on a real kernel, under the traffic of clients that never stop. */
@Timeout(300)
@DisplayName("A way to another mode that fails")
class SwitchFailureTest {
  private static final String WORDS = "the test says no";

  private static Scene scene;
  private static Fault fault;
  private static Driven loop;
  private static Clients clients;

  /** Makes the n-th call of a kind fail, or the probes object. */
  private static final class Fault implements Calls.Listener, Tryout {
    private @Nullable String call;
    private int countdown;
    private @Nullable Boolean everyone;

    synchronized void at(String variantAndCall, int nth) {
      call = variantAndCall;
      countdown = nth;
    }

    synchronized void probes(boolean serving) {
      everyone = serving;
    }

    synchronized void gone() {
      call = null;
      everyone = null;
    }

    synchronized boolean happened() {
      return call == null || countdown <= 0;
    }

    @Override
    public synchronized void before(String variant, String what) {
      if ((variant + " " + what).equals(call) && --countdown == 0) {
        throw new DataplaneException(WORDS, null);
      }
    }

    @Override
    public synchronized Optional<String> objection(Plan plan, boolean serving) {
      return everyone != null && everyone == serving ? Optional.of(WORDS) : Optional.empty();
    }
  }

  @BeforeAll
  static void open() {
    scene = new Scene();
    fault = new Fault();
    loop = scene.drive(fault, fault, Duration.ZERO, 0);
    loop.order(Way.NFTABLES);
    loop.awaitSynced(Way.NFTABLES);
    clients = scene.clients();
    clients.awaitBeginning();
  }

  @AfterAll
  static void close() {
    for (AutoCloseable each : new AutoCloseable[] {clients, loop, scene}) {
      try {
        if (each != null) {
          each.close();
        }
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  @BeforeEach
  void fromNftables() {
    fault.gone();
    serves(Way.NFTABLES);
  }

  @AfterEach
  void noFault() {
    fault.gone();
    clients.flawless("so far");
  }

  private static void serves(Way way) {
    loop.order(way);
    loop.awaitSynced(way);
    scene.alone(way);
  }

  private static void fails(Way stays, Way coming) {
    clients.note(stays + " -> " + coming + " shall fail");
    loop.order(coming);
    SyncState state = loop.awaitFailed();
    clients.note("failed: " + state.message());
    assertThat(fault.happened()).as("the fault has happened").isTrue();
    assertThat(state.message()).contains(WORDS).contains(coming.variant());
    assertThat(Objects.requireNonNull(state.held()).revision())
        .as("the revision before")
        .isNotEqualTo("");
    scene.alone(stays);
  }

  @ParameterizedTest(name = "{0}, call {1}, on the way to {2}")
  @CsvSource({
    "fitness,1,NFT",
    "replace CLOSED,1,LEGACY",
    "replace CLOSED,2,NFT",
    "remember,1,LEGACY",
    "doors PROBES,1,NFT",
    "doors OPEN,1,LEGACY",
  })
  @DisplayName("leaves the serving mode alone, and nothing of the coming one")
  void comingFails(String call, int nth, Way coming) {
    fault.at(coming.variant() + " " + call, nth);
    fails(Way.NFTABLES, coming);
  }

  @ParameterizedTest(name = "{0}, call {1}, on the way to {2}")
  @CsvSource({"replace CLOSED,2,NFT", "remember,1,LEGACY", "doors OPEN,1,LEGACY"})
  @DisplayName("is no other on the way to mode nftables")
  void nftablesFails(String call, int nth, Way from) {
    serves(from);
    fault.at(Way.NFTABLES.variant() + " " + call, nth);
    fails(from, Way.NFTABLES);
  }

  @ParameterizedTest(name = "{0}, call {1}")
  @CsvSource({"clients,1", "doors NO_PROBES,1", "clients,2", "doors EXIT,1", "clients,3"})
  @DisplayName("does no harm when it is the serving mode that refuses")
  void servingFails(String call, int nth) {
    fault.at(Way.NFTABLES.variant() + " " + call, nth);
    fails(Way.NFTABLES, Way.NFT);
  }

  @ParameterizedTest(name = "when everyone comes in: {0}")
  @CsvSource({"false", "true"})
  @DisplayName("because probes object leaves everything as it was")
  void probesObject(boolean everyone) {
    fault.probes(everyone);
    fails(Way.NFTABLES, Way.NFT);
  }

  @Test
  @DisplayName("and cannot be undone at once never leaves the node without a mode that serves")
  void undoFails() {
    fault.probes(true);
    fault.at(Way.NFTABLES.variant() + " doors OPEN", 1);
    loop.order(Way.NFT);
    SyncState state = loop.awaitFailed();
    assertThat(fault.happened()).isTrue();
    assertThat(state.message()).contains(WORDS);
    scene.alone(Way.NFTABLES);
  }

  @Test
  @DisplayName("because the mode that serves refuses a change takes the change up again")
  @SuppressWarnings("try") // It runs meanwhile.
  void changeFails() {
    fault.at(Way.NFTABLES.variant() + " doors EXIT", 1);
    loop.order(Way.NFT);
    try (var churn = new Churn(loop, Duration.ofMillis(20))) {
      loop.awaitFailed();
      fault.at(Way.NFTABLES.variant() + " apply", 1);
      serves(Way.NFT);
    }
  }

  @Test
  @DisplayName("is tried again, and succeeds when what was in its way is gone")
  void again() {
    fault.at(Way.NFT.variant() + " doors OPEN", 1);
    fails(Way.NFTABLES, Way.NFT);
    fault.gone();
    loop.awaitSynced(Way.NFT);
    scene.alone(Way.NFT);
  }

  @Test
  @DisplayName("and whose mode cannot be removed is tried again, and succeeds")
  void removalFails() {
    fault.probes(false);
    fault.at(Way.LEGACY.variant() + " remove", 1);
    loop.order(Way.LEGACY);
    assertThat(loop.awaitFailed().message()).contains(WORDS);
    fault.gone();
    loop.awaitSynced(Way.LEGACY);
    scene.alone(Way.LEGACY);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"doors CLOSED", "remove"})
  @DisplayName("a mode that cannot be removed after the switch is told of, and removed later")
  void retirementFails(String call) {
    fault.at(Way.NFTABLES.variant() + " " + call, 1);
    loop.order(Way.LEGACY);
    assertThat(loop.awaitFailed().message()).contains(WORDS).contains("cannot be removed");
    loop.awaitSynced(Way.LEGACY);
    scene.alone(Way.LEGACY);
  }

  @Test
  @DisplayName("a mode that could not be removed and then serves again is not removed any more")
  void returns() {
    fault.at(Way.NFTABLES.variant() + " remove", 1);
    loop.order(Way.LEGACY);
    assertThat(loop.awaitFailed().message()).contains(WORDS);
    serves(Way.NFTABLES);
  }

  @Test
  @DisplayName(
      "what could not be taken back of a mode that is not wanted any more is removed later")
  void leftovers() {
    fault.probes(true);
    fault.at(Way.LEGACY.variant() + " remove", 1);
    loop.order(Way.LEGACY);
    loop.awaitFailed();
    serves(Way.NFTABLES);
  }

  @Test
  @DisplayName("is none where the settings of the mode that serves change, and are refused first")
  void settingsFail() {
    serves(Way.LEGACY);
    fault.at(Way.LEGACY.variant() + " replace OPEN", 1);
    loop.order(Way.LEGACY, 13);
    loop.awaitSynced(Way.LEGACY);
    assertThat(fault.happened()).isTrue();
    scene.alone(Way.LEGACY);
  }
}
