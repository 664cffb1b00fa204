package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.service.IpFamily;

/** What differs between iptables and ip6tables. */
enum Stack {
  V4(IpFamily.IPV4, "iptables", "PORTOLAN-4-", "inet"),
  V6(IpFamily.IPV6, "ip6tables", "PORTOLAN-6-", "inet6");

  private final IpFamily family;
  private final String program;
  private final String setPrefix;
  private final String setFamily;

  Stack(IpFamily family, String program, String setPrefix, String setFamily) {
    this.family = family;
    this.program = program;
    this.setPrefix = setPrefix;
    this.setFamily = setFamily;
  }

  IpFamily family() {
    return family;
  }

  /** How the names of its programs begin. */
  String program() {
    return program;
  }

  /** How the names of its ipsets begin. */
  String setPrefix() {
    return setPrefix;
  }

  /** The word of ipset. */
  String setFamily() {
    return setFamily;
  }
}
