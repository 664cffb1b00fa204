package io.portolan.agent.watch;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.portolan.agent.proto.Envelope;
import io.portolan.agent.proto.ProtoException;
import io.portolan.agent.proto.StatusProto;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks the API server for objects of one kind in protobuf, by the client's connections, TLS and
 * token. It asks for gzip: its native code is done with a byte sooner than TLS in Java is, which
 * the agent's compiler setting leaves without AES instructions.
 */
final class ProtoRequests {
  private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";

  /** Until the head of the answer is there; the body may take as long as it will. */
  private static final int HEAD_SECONDS = 30;

  private static final int LONGEST_REFUSAL = 1 << 20;

  private final KubernetesClient client;
  private final String path;
  private final Duration silence;

  /**
   * @param path such as {@code api/v1/services}
   * @param silence how long nothing may come within an answer
   */
  ProtoRequests(KubernetesClient client, String path, Duration silence) {
    this.client = client;
    this.path = path;
    this.silence = silence;
  }

  /**
   * Asks, and gives the answer's body, which the caller cancels or reads to its end.
   *
   * @throws Refusal if the API server says no
   * @throws IOException if it cannot be reached, or gives something else than protobuf
   */
  Body get(Map<String, String> parameters) throws IOException, InterruptedException {
    var body = new Body(silence);
    HttpResponse<AsyncBody> answer = answer(parameters, body);
    body.begin(answer.body(), "gzip".equals(answer.header("Content-Encoding")));
    try {
      String type = answer.header("Content-Type");
      boolean protobuf = type != null && type.startsWith(PROTOBUF);
      if (!answer.isSuccessful()) {
        byte[] bytes = body.all(LONGEST_REFUSAL);
        throw new Refusal(answer.code(), protobuf ? message(bytes) : text(bytes));
      }
      if (!protobuf) {
        throw new IOException("asked for " + PROTOBUF + ", and got " + type);
      }
      return body;
    } catch (IOException e) {
      body.cancel();
      throw e;
    }
  }

  private HttpResponse<AsyncBody> answer(Map<String, String> parameters, Body body)
      throws IOException, InterruptedException {
    String query =
        parameters.entrySet().stream()
            .map(p -> p.getKey() + "=" + URLEncoder.encode(p.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    var http = client.getHttpClient();
    var request =
        http.newHttpRequestBuilder()
            .uri(client.getMasterUrl().toString().replaceAll("/$", "") + "/" + path + "?" + query)
            .header("Accept", PROTOBUF)
            .header("Accept-Encoding", "gzip")
            .timeout(HEAD_SECONDS, TimeUnit.SECONDS)
            .build();
    var answer = http.consumeBytes(request, body);
    try {
      return answer.get();
    } catch (ExecutionException | CompletionException e) {
      throw failure(e.getCause());
    } catch (InterruptedException e) {
      answer.cancel(false);
      var _ = answer.thenAccept(late -> late.body().cancel());
      throw e;
    }
  }

  private static IOException failure(@Nullable Throwable cause) {
    return cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
  }

  private static String message(byte[] bytes) {
    try {
      return StatusProto.read(Envelope.open(bytes, 0, bytes.length, "Status")).message();
    } catch (ProtoException e) {
      return "a refusal that cannot be read: " + e.getMessage();
    }
  }

  private static String text(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8).strip();
    return text.length() > 300 ? text.substring(0, 300) + "..." : text;
  }
}
