package io.portolan.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionCondition;
import io.portolan.api.testing.ApiServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ApiServer.Extension.class)
class CrdAcceptedTest {
  @ParameterizedTest
  @ValueSource(strings = {"proxyconfigs.portolan.io", "nodeproxies.portolan.io"})
  @DisplayName("the API server serves the definition and finds nothing wrong with its schema")
  void served(String name, ApiServer api) {
    assertThat(apply(api, CrdYaml.FOLDER.resolve(name + "-v1.yml")))
        .isEqualTo("customresourcedefinition.apiextensions.k8s.io/" + name + " unchanged");
    var crd = api.client().apiextensions().v1().customResourceDefinitions().withName(name).get();
    assertThat(crd.getStatus().getConditions())
        .filteredOn(c -> "True".equals(c.getStatus()))
        .extracting(CustomResourceDefinitionCondition::getType)
        .containsExactlyInAnyOrder("Established", "NamesAccepted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxyconfig-default.yaml", "proxyconfig-full.yaml"})
  @DisplayName("the samples are accepted")
  void samples(String file, ApiServer api) throws Exception {
    var path = Path.of("samples", file);
    assertThat(Files.exists(path)).isTrue();
    var output = apply(api, path);
    try {
      assertThat(output).matches("proxyconfig\\.portolan\\.io/[a-z]+ created");
    } finally {
      api.kubectl().run("delete", "-f", path.toString(), "--ignore-not-found");
    }
  }

  /** What kubectl prints; its error output when the server refuses. */
  private static String apply(ApiServer api, Path file) {
    return api.kubectl().run("apply", "-f", file.toAbsolutePath().toString()).text();
  }
}
