package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The text of the CustomResourceDefinitions, made of the records: fabric8's generator reads types,
 * descriptions, bounds, rules and columns from them, {@link SchemaDetails} adds what its
 * annotations cannot say. The same records always give the same text.
 */
final class CrdYaml {
  /** Where the committed files are, seen from this module. */
  static final Path FOLDER = Path.of("src", "main", "resources", "META-INF", "fabric8");

  private static final String HEADER =
      "# Generated from the records of io.portolan.api.v1alpha1 by `make crds`; do not edit.\n";

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .build();

  private CrdYaml() {}

  /** The text of each file, by file name. */
  static Map<String, String> texts() {
    var texts = new TreeMap<String, String>();
    for (var type : List.of(ProxyConfig.class, NodeProxy.class)) {
      var crd = definition(type);
      try {
        texts.put(crd.getMetadata().getName() + "-v1.yml", HEADER + YAML.writeValueAsString(crd));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("no YAML of " + type.getName(), e);
      }
    }
    return texts;
  }

  private static CustomResourceDefinition definition(Class<? extends HasMetadata> type) {
    var found = new TreeMap<String, CustomResourceDefinition>();
    new CRDGenerator()
        .customResourceClasses(List.of(type))
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String version) {
                found.put(version, SchemaDetails.addTo((CustomResourceDefinition) crd, type));
                return crd;
              }
            })
        .withOutput(new Nowhere())
        .generate();
    return found.firstEntry().getValue();
  }

  /** The generator insists on writing a text of its own, with another header. */
  private static final class Nowhere implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
    @Override
    public ByteArrayOutputStream outputFor(String name) {
      return new ByteArrayOutputStream();
    }

    @Override
    public void close() {
      // Nothing is open: what is written is forgotten.
    }
  }
}
