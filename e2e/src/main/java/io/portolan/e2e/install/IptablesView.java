package io.portolan.e2e.install;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What mode iptables has in a kernel.
 *
 * @param saved the tables as {@code iptables-save} prints it
 */
record IptablesView(String saved) {
  private static final Pattern ENDPOINT =
      Pattern.compile(
          "^-A (PORTOLAN-(?:CLUSTER|LOCAL)-\\S+) .*--to-destination (\\S+)", Pattern.MULTILINE);

  boolean programmed() {
    return saved.contains("PORTOLAN-SERVICES");
  }

  /** Addresses without ports. */
  Set<String> addresses() {
    return ENDPOINT
        .matcher(saved)
        .results()
        .map(found -> address(found.group(2)))
        .collect(Collectors.toSet());
  }

  /** The endpoints of a Service port; the first rule of its chains bears its name. */
  Set<String> endpoints(String port) {
    Set<String> chains =
        Pattern.compile(
                "^-A (PORTOLAN-(?:CLUSTER|LOCAL)-\\S+) .*--comment \"?"
                    + Pattern.quote(port)
                    + "\"?( |$)",
                Pattern.MULTILINE)
            .matcher(saved)
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toSet());
    return ENDPOINT
        .matcher(saved)
        .results()
        .filter(found -> chains.contains(found.group(1)))
        .map(found -> found.group(2))
        .collect(Collectors.toSet());
  }

  private static String address(String endpoint) {
    return endpoint.substring(0, endpoint.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
  }
}
