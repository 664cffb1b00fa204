package io.portolan.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The committed CRD YAML; with {@code -Dportolan.crds.write=true} the first test renews it. */
class CrdYamlTest {
  @Test
  @DisplayName("the committed CRD YAML is current")
  void committedIsCurrent() throws IOException {
    Map<String, String> texts = CrdYaml.texts();
    if (Boolean.getBoolean("portolan.crds.write")) {
      Files.createDirectories(CrdYaml.FOLDER);
      for (var text : texts.entrySet()) {
        Files.writeString(CrdYaml.FOLDER.resolve(text.getKey()), text.getValue());
      }
    }
    assertThat(texts)
        .containsOnlyKeys("proxyconfigs.portolan.io-v1.yml", "nodeproxies.portolan.io-v1.yml");
    for (var text : texts.entrySet()) {
      var file = CrdYaml.FOLDER.resolve(text.getKey());
      assertThat(Files.exists(file) ? Files.readString(file) : "(no file)")
          .as("%s does not say what the records say: run `make crds` and commit it", file)
          .isEqualTo(text.getValue());
    }
  }

  @Test
  @DisplayName("every field has a description that kubectl explain can show")
  void everyFieldIsDescribed() {
    var bare = new ArrayList<String>();
    for (var text : CrdYaml.texts().entrySet()) {
      var crd =
          new KubernetesSerialization().unmarshal(text.getValue(), CustomResourceDefinition.class);
      var root = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
      collectBare(crd.getSpec().getNames().getKind(), root, bare);
    }
    assertThat(bare).as("fields without @JsonPropertyDescription").isEmpty();
  }

  private static void collectBare(String path, JSONSchemaProps schema, List<String> bare) {
    if (isBlank(schema.getDescription())) {
      bare.add(path);
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach((name, inner) -> collectBare(path + "." + name, inner, bare));
    }
    if (schema.getItems() != null && schema.getItems().getSchema().getProperties() != null) {
      var items = schema.getItems().getSchema().getProperties();
      items.forEach((name, inner) -> collectBare(path + "[]." + name, inner, bare));
    }
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }
}
