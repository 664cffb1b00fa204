package io.portolan.operator.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The operator's writes, as the API server's audit log has them: exact, refused ones included. */
final class AuditedWrites {
  private final Path log;
  private final ObjectMapper json = new ObjectMapper();
  private long read;

  AuditedWrites(Path log) {
    this.log = log;
  }

  /** Numbers by kind since the last call, such as {@code nodeproxies update}. */
  Map<String, Integer> next() {
    var counts = new TreeMap<String, Integer>();
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(read);
      byte[] bytes = new byte[(int) (file.length() - read)];
      file.readFully(bytes);
      int end = bytes.length;
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      read += end;
      for (String line : new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList()) {
        counts.merge(kind(json.readTree(line)), 1, Integer::sum);
      }
    } catch (IOException e) {
      throw new IllegalStateException("the audit log cannot be read", e);
    }
    return counts;
  }

  private static String kind(JsonNode event) {
    JsonNode object = event.path("objectRef");
    String sub = object.path("subresource").asText();
    int code = event.path("responseStatus").path("code").asInt();
    return object.path("resource").asText()
        + (sub.isEmpty() ? " " : "/" + sub + " ")
        + event.path("verb").asText()
        + (code < 300 ? "" : " " + code);
  }
}
