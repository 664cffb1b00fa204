package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.Map;

/**
 * What an import gives.
 *
 * @param report what became of each field
 * @param comments why a field of the ProxyConfig is what it is, by its path
 */
public record Imported(ProxyConfig config, Report report, Map<String, String> comments) {

  /** The ProxyConfig as a person would write it: comments, one order, nothing that is not set. */
  public String yaml() {
    return ManifestText.of(
        config, "Made of kube-proxy's configuration: " + report.source(), comments);
  }
}
