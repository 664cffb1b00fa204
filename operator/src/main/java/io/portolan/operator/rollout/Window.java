package io.portolan.operator.rollout;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/**
 * A time in which waves may go on. It opens at {@code start} by the clock on the wall of its time
 * zone, and stays open for {@code length} of elapsed time, so daylight saving neither stretches nor
 * shortens it: a start that the clock skips is taken as much later as it skips ({@link
 * ZonedDateTime#of(LocalDate, LocalTime, ZoneId)}), one that it shows twice is taken the first
 * time.
 *
 * @param days on which it opens; empty: each day
 * @param length at most 24 hours
 */
public record Window(Set<DayOfWeek> days, LocalTime start, Duration length, ZoneId zone) {
  private static final int DAYS_AHEAD = 8;

  public Window {
    days = days.isEmpty() ? Set.of(DayOfWeek.values()) : Set.copyOf(days);
  }

  /** Whether one of the windows is open; without any, always. */
  public static boolean open(Collection<Window> windows, Instant now) {
    return windows.isEmpty() || windows.stream().anyMatch(w -> w.isOpen(now));
  }

  /** When the next one opens. */
  public static Optional<Instant> next(Collection<Window> windows, Instant now) {
    return windows.stream().map(w -> w.opening(now)).min(Comparator.naturalOrder());
  }

  private boolean isOpen(Instant now) {
    LocalDate today = now.atZone(zone).toLocalDate();
    // A length of 24 h that began before a skipped hour reaches into the day after the next.
    for (LocalDate day = today.minusDays(2); !day.isAfter(today); day = day.plusDays(1)) {
      Instant from = begin(day);
      if (days.contains(day.getDayOfWeek())
          && !now.isBefore(from)
          && now.isBefore(from.plus(length))) {
        return true;
      }
    }
    return false;
  }

  private Instant opening(Instant now) {
    LocalDate today = now.atZone(zone).toLocalDate();
    for (int ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
      LocalDate day = today.plusDays(ahead);
      if (days.contains(day.getDayOfWeek()) && begin(day).isAfter(now)) {
        return begin(day);
      }
    }
    throw new IllegalStateException("every week has each of its days");
  }

  private Instant begin(LocalDate day) {
    return ZonedDateTime.of(day, start, zone).toInstant();
  }
}
