package io.portolan.agent.vectors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Map;

/** Turns parts of a case into objects of the API; unknown fields are refused. */
final class ObjectReader {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .annotationIntrospector(new NoOtherFields())
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of("v1 Service", Service.class, "discovery.k8s.io/v1 EndpointSlice", EndpointSlice.class);

  private ObjectReader() {}

  /** The models of fabric8 keep fields that they do not know; here those are mistakes. */
  private static final class NoOtherFields extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated a) {
      return Boolean.FALSE;
    }
  }

  static HasMetadata read(Object node, String where) {
    var fields = new Fields(node, where);
    String kind = fields.text("apiVersion") + " " + fields.text("kind");
    Class<? extends HasMetadata> type = KINDS.get(kind);
    if (type == null) {
      throw new BadCase(where + ": unknown kind " + kind);
    }
    HasMetadata object;
    try {
      object = MAPPER.readValue(MAPPER.writeValueAsBytes(node), type);
    } catch (JsonMappingException e) {
      throw new BadCase(where + path(e) + ": " + e.getOriginalMessage());
    } catch (JsonProcessingException e) {
      throw new BadCase(where + ": " + e.getOriginalMessage());
    } catch (java.io.IOException e) {
      throw new BadCase(where + ": " + e);
    }
    if (object.getMetadata() == null
        || object.getMetadata().getName() == null
        || object.getMetadata().getNamespace() == null) {
      throw new BadCase(where + ".metadata: namespace and name are required");
    }
    return object;
  }

  private static String path(JsonMappingException e) {
    var path = new StringBuilder();
    for (var part : e.getPath()) {
      path.append(
          part.getFieldName() == null ? "[" + part.getIndex() + "]" : "." + part.getFieldName());
    }
    return path.toString();
  }
}
