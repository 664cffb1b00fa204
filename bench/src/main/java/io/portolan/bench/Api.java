package io.portolan.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the API server, over some connections. The server is a child of ours in our own
 * network namespace, so that its certificate is taken unseen.
 */
final class Api {
  /** Requests that are under way at a time; the rest waits. */
  private static final int CONNECTIONS = 32;

  private static final String BASE = "https://" + Testbed.API + ":" + ControlPlane.PORT;

  private final ExecutorService threads = Namespace.homeThreads();
  private final Semaphore free = new Semaphore(CONNECTIONS);
  private volatile HttpClient client = client();

  boolean ready() {
    try {
      return send("GET", "/readyz", null, Duration.ofSeconds(2)).statusCode() == 200;
    } catch (IOException e) {
      client = client();
      return false;
    }
  }

  void create(String path, String json) {
    checked("POST", path, json, Duration.ofMinutes(1));
  }

  void replace(String path, String json) {
    checked("PUT", path, json, Duration.ofMinutes(1));
  }

  /**
   * Deletes an object from etcd itself: the API server tells its watchers, and spends nothing on
   * deleting it.
   */
  void deleteFromEtcd(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(ControlPlane.ETCD + "/v3/kv/deleterange"))
            .POST(
                BodyPublishers.ofString(
                    "{\"key\": \"%s\"}".formatted(Base64.getEncoder().encodeToString(bytes))))
            .timeout(Duration.ofMinutes(1));
    try {
      HttpResponse<String> response = exchange(client, request, BodyHandlers.ofString());
      if (!response.body().contains("\"deleted\":\"1\"")) {
        throw new BenchException("etcd has not deleted " + key + ": " + response.body());
      }
    } catch (IOException e) {
      throw new BenchException("etcd cannot be asked to delete " + key, e);
    }
  }

  /** The lines of a watch on a connection of its own, until it is closed or the server ends it. */
  InputStream watch(String path) {
    try {
      HttpResponse<InputStream> response =
          exchange(client(), request("GET", path, null), BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        throw new BenchException("the watch of " + path + " was refused: " + response.statusCode());
      }
      return response.body();
    } catch (IOException e) {
      throw new BenchException("no watch of " + path, e);
    }
  }

  private void checked(String verb, String path, @Nullable String json, Duration limit) {
    try {
      HttpResponse<String> response = send(verb, path, json, limit);
      if (response.statusCode() >= 300) {
        throw new BenchException(
            "%s %s: %d %s".formatted(verb, path, response.statusCode(), response.body()));
      }
    } catch (IOException e) {
      throw new BenchException(verb + " " + path, e);
    }
  }

  private HttpResponse<String> send(String verb, String path, @Nullable String json, Duration limit)
      throws IOException {
    free.acquireUninterruptibly();
    try {
      return exchange(client, request(verb, path, json).timeout(limit), BodyHandlers.ofString());
    } finally {
      free.release();
    }
  }

  /** A connection may be opened by the thread that sends, so that it must be one of home. */
  private <T> HttpResponse<T> exchange(
      HttpClient client, HttpRequest.Builder request, BodyHandler<T> body) throws IOException {
    try {
      return threads.submit(() -> client.send(request.build(), body)).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new BenchException("a request failed: " + e.getCause(), e);
    }
  }

  private static HttpRequest.Builder request(String verb, String path, @Nullable String json) {
    return HttpRequest.newBuilder(URI.create(BASE + path))
        .header("Authorization", "Bearer " + ControlPlane.TOKEN)
        .header("Content-Type", "application/json")
        .method(verb, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
  }

  private HttpClient client() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
      return HttpClient.newBuilder()
          // Over HTTP/2 a server that is slow has the client refuse requests.
          .version(HttpClient.Version.HTTP_1_1)
          .executor(threads)
          .sslContext(context)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
    } catch (GeneralSecurityException e) {
      throw new BenchException("no TLS", e);
    }
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
