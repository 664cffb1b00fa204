package io.portolan.operator.manifests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hash of an object's JSON with sorted keys: equal content, equal hash. */
public final class ContentHash {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  private ContentHash() {}

  /** The first 8 hexadecimal digits of the SHA-256. */
  public static String of(Object content) {
    try {
      // Through plain maps, so that a tree whose keys came in another order hashes the same.
      Object plain = JSON.convertValue(content, Object.class);
      byte[] text = JSON.writeValueAsString(plain).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 4);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON: " + content.getClass().getName(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static JsonNode tree(Object content) {
    return JSON.valueToTree(content);
  }

  static <T> T value(JsonNode tree, Class<T> type) {
    return JSON.convertValue(tree, type);
  }
}
