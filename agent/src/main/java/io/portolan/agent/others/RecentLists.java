package io.portolan.agent.others;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.Jiffies;
import io.portolan.agent.others.Places.Place;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.service.Ip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of kube-proxy's mode iptables: lists of the match {@code recent}, one for each
 * endpoint, the same for both backends ({@code net/netfilter/xt_recent.c}). In the network
 * namespace of the calling thread. A list is there as long as a rule asks it. It holds 100 clients
 * unless the module was told otherwise; another one drives out the one that was there first.
 */
final class RecentLists implements KubeProxyMemory.Store {
  private static final Path FOLDER = Path.of("/proc/thread-self/net/xt_recent");

  /** Such as {@code src=10.0.0.1 ttl: 64 last_seen: 4298289875 oldest_pkt: 1 4298289875}. */
  private static final Pattern LINE =
      Pattern.compile("src=(\\S+) ttl: \\d+ last_seen: (\\d{1,18}) .*");

  private final Places places;
  private final List<String> there;

  RecentLists(Plan plan) {
    List<String> names = names();
    places = names.isEmpty() ? Places.NONE : Places.of(plan, KubeProxyNames::list);
    there = names.stream().filter(places.named()::containsKey).toList();
  }

  private static List<String> names() {
    try (var lists = Files.newDirectoryStream(FOLDER, KubeProxyNames.LIST + "*")) {
      var names = new ArrayList<String>();
      lists.forEach(list -> names.add(list.getFileName().toString()));
      return names;
    } catch (NoSuchFileException e) {
      return List.of(); // A kernel that has not loaded the match.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isEmpty() {
    return there.isEmpty();
  }

  @Override
  public List<StickyClient> clients() {
    var clients = new ArrayList<StickyClient>();
    Jiffies now = Jiffies.read();
    for (String name : there) {
      Place place = places.named().get(name);
      if (place != null) {
        try {
          Files.readAllLines(FOLDER.resolve(name))
              .forEach(line -> client(line, place, now).ifPresent(clients::add));
        } catch (NoSuchFileException e) {
          // Its endpoint has just gone.
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return clients;
  }

  /**
   * Who is in a line; empty: nobody whom kube-proxy would still keep. An age that cannot be told is
   * none: who is kept too long only stays where it is.
   */
  static Optional<StickyClient> client(String line, Place place, Jiffies now) {
    Matcher words = LINE.matcher(line);
    if (!words.matches()) {
      return Optional.empty();
    }
    Ip client = Ip.parse(words.group(1));
    Duration age = now.since(Long.parseLong(words.group(2))).orElse(Duration.ZERO);
    Duration left = place.longest().minus(age);
    return client.family() == place.service().family() && left.isPositive()
        ? Optional.of(place.client(client, left))
        : Optional.empty();
  }

  /**
   * Writes clients; each then counts as one that has just connected, for a time cannot be written.
   */
  @Override
  public int remember(Collection<StickyClient> clients) {
    Places.Additions additions = places.additions(there, clients, clients());
    additions
        .wanted()
        .forEach(
            (list, its) -> {
              try {
                for (StickyClient client : its) {
                  // The kernel takes one address of one write, and no second write.
                  Files.writeString(
                      FOLDER.resolve(list), "+" + client.client() + "\n", StandardOpenOption.WRITE);
                }
              } catch (NoSuchFileException e) {
                // Its endpoint has just gone.
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return additions.kept();
  }
}
