package io.portolan.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.portolan.api.testing.ApiServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table {@code rules.txt}: each rule of the API with the message that a user reads. */
@ExtendWith(ApiServer.Extension.class)
class RulesTest {
  /** One object and what must be said of it: {@code accepted}, or parts of the refusal. */
  record Case(String object, List<String> messages) {
    /** The object as YAML; the first line keeps the client from reading it as JSON. */
    String yaml() {
      for (var kind : List.of("ProxyConfig", "NodeProxy")) {
        if (object.startsWith(kind + " {")) {
          var fields = object.substring(object.indexOf('{') + 1);
          return "---\n{apiVersion: portolan.io/v1alpha1, kind: " + kind + ", " + fields;
        }
      }
      return "---\n{apiVersion: portolan.io/v1alpha1, kind: ProxyConfig, metadata: {name: asked},"
          + " spec: {"
          + object
          + "}}";
    }

    @Override
    public String toString() {
      return object.length() < 100 ? object : object.substring(0, 100) + "...";
    }
  }

  static Stream<Case> cases() throws IOException {
    String text;
    try (InputStream in =
        Objects.requireNonNull(RulesTest.class.getResourceAsStream("rules.txt"))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var cases = new ArrayList<Case>();
    for (var line : text.lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList()) {
      if (line.startsWith("  => ")) {
        cases.getLast().messages().add(line.substring(5));
      } else {
        cases.add(new Case(line, new ArrayList<>()));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  @DisplayName("a bad field is refused with a message that names it and the fix, a good one is not")
  void answer(Case asked, ApiServer api) {
    assertThat(asked.messages()).as("the lines with => below a case").isNotEmpty();
    assertThat(answerOf(api, asked.yaml())).contains(asked.messages());
  }

  private static String answerOf(ApiServer api, String yaml) {
    try {
      api.client()
          .resource(yaml)
          .dryRun()
          .fieldValidation(FieldValidateable.Validation.STRICT)
          .create();
      return "accepted";
    } catch (KubernetesClientException e) {
      return Objects.requireNonNullElse(e.getMessage(), "");
    }
  }
}
