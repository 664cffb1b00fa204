package io.portolan.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * What a contestant itself says of its syncs, by the metric that both have.
 *
 * @param count of syncs
 * @param seconds of all of them
 */
record Scrape(double count, double seconds) {
  private static final String METRIC = "kubeproxy_sync_proxy_rules_duration_seconds";

  /** Reads it now; of IPv4 where families are told apart. */
  static Scrape of(int port) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String text =
          client
              .send(
                  HttpRequest.newBuilder(
                          URI.create("http://" + Testbed.NODE + ":" + port + "/metrics"))
                      .timeout(Duration.ofSeconds(10))
                      .build(),
                  BodyHandlers.ofString())
              .body();
      return parse(text);
    } catch (IOException e) {
      throw new BenchException("no metrics", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  static Scrape parse(String text) {
    return new Scrape(sum(text, METRIC + "_count"), sum(text, METRIC + "_sum"));
  }

  private static double sum(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .filter(line -> !line.contains("IPv6"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Mean milliseconds of the syncs since an earlier look; 0 when there were none. */
  double meanMillisSince(Scrape earlier) {
    double syncs = count - earlier.count;
    return syncs == 0 ? 0 : (seconds - earlier.seconds) * 1000 / syncs;
  }
}
