package io.portolan.operator.rollout;

import io.portolan.api.v1alpha1.Canary;
import io.portolan.api.v1alpha1.GoDuration;
import io.portolan.api.v1alpha1.OnFailure;
import io.portolan.api.v1alpha1.Promotion;
import io.portolan.api.v1alpha1.Rollout;
import io.portolan.api.v1alpha1.RolloutProbes;
import io.portolan.api.v1alpha1.RolloutWave;
import io.portolan.api.v1alpha1.RolloutWindow;
import io.portolan.api.v1alpha1.WeekDay;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The user's wishes for a rollout, defaults filled in.
 *
 * @param waves the canary first, {@link Wave.Rest} last
 * @param manual whether a person must promote the canary
 * @param rollback whether a revision that fails is taken back; else the rollout stops where it is
 */
public record RolloutPolicy(
    boolean paused,
    boolean dryRun,
    Amount maxUnavailable,
    List<Wave> waves,
    Duration canarySoak,
    Duration soak,
    boolean manual,
    boolean rollback,
    Duration nodeTimeout,
    List<Window> windows,
    Probe.Bounds probes) {
  /**
   * Long enough to see the first failures, short enough not to be in the way; a user asks for more.
   */
  private static final String SOAK = "5s";

  private static final String NODE_TIMEOUT = "5m";
  private static final int MOST_FAILED_PERCENT = 1;
  private static final String LATENCY_INCREASE = "100ms";
  private static final RolloutProbes ANY_PROBES = new RolloutProbes(null, null);
  private static final List<RolloutWave> WAVES = List.of(new RolloutWave(25, null, null));
  private static final Rollout NOTHING_ASKED =
      new Rollout(null, null, null, null, null, null, null, null, null, null, null);
  private static final Canary ANY_NODE = new Canary(null, null, null, null);

  public RolloutPolicy {
    waves = List.copyOf(waves);
    windows = List.copyOf(windows);
  }

  Duration soak(int wave) {
    return wave == 0 ? canarySoak : soak;
  }

  /** The policy that a spec asks for. */
  public static RolloutPolicy of(@Nullable Rollout asked) {
    Rollout rollout = Objects.requireNonNullElse(asked, NOTHING_ASKED);
    Canary canary = Objects.requireNonNullElse(rollout.canary(), ANY_NODE);
    return new RolloutPolicy(
        Boolean.TRUE.equals(rollout.paused()),
        Boolean.TRUE.equals(rollout.dryRun()),
        Amount.of(rollout.maxUnavailable()),
        waves(canary, Objects.requireNonNullElse(rollout.waves(), WAVES)),
        duration(canary.soak(), SOAK),
        duration(rollout.soak(), SOAK),
        canary.promotion() == Promotion.MANUAL,
        rollout.onFailure() != OnFailure.PAUSE,
        duration(rollout.nodeTimeout(), NODE_TIMEOUT),
        Objects.requireNonNullElse(rollout.windows(), List.<RolloutWindow>of()).stream()
            .map(RolloutPolicy::window)
            .toList(),
        bounds(Objects.requireNonNullElse(rollout.probes(), ANY_PROBES)));
  }

  private static Probe.Bounds bounds(RolloutProbes asked) {
    return new Probe.Bounds(
        Objects.requireNonNullElse(asked.maxFailedPercent(), MOST_FAILED_PERCENT),
        duration(asked.maxLatencyIncrease(), LATENCY_INCREASE));
  }

  private static List<Wave> waves(Canary canary, List<RolloutWave> asked) {
    int unasked = canary.selector() == null ? 1 : Wave.ALL;
    var waves = new ArrayList<Wave>();
    waves.add(
        new Wave.Canary(Objects.requireNonNullElse(canary.nodes(), unasked), canary.selector()));
    for (RolloutWave wave : asked) {
      if (wave.zones() != null) {
        waves.add(new Wave.Zones(Set.copyOf(wave.zones())));
      } else if (wave.nodes() != null) {
        waves.add(new Wave.Share(new Amount(wave.nodes(), false)));
      } else if (wave.percent() != null && wave.percent() < 100) {
        waves.add(new Wave.Share(new Amount(wave.percent(), true)));
      }
    }
    waves.add(new Wave.Rest());
    return waves;
  }

  private static Window window(RolloutWindow asked) {
    Set<DayOfWeek> days =
        Objects.requireNonNullElse(asked.days(), List.<WeekDay>of()).stream()
            .flatMap(
                day ->
                    Arrays.stream(DayOfWeek.values()).filter(d -> d.name().startsWith(day.name())))
            .collect(Collectors.toSet());
    LocalTime start = LocalTime.parse(asked.start());
    try {
      String zone = Objects.requireNonNullElse(asked.timeZone(), "UTC");
      return new Window(days, start, GoDuration.parse(asked.duration()), ZoneId.of(zone));
    } catch (DateTimeException e) {
      // The API server knows the time zone and this Java does not: rather never than at a wrong
      // time.
      return new Window(days, start, Duration.ZERO, ZoneOffset.UTC);
    }
  }

  private static Duration duration(@Nullable String text, String otherwise) {
    return GoDuration.parse(Objects.requireNonNullElse(text, otherwise));
  }
}
