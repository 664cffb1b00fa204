package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.service.IpFamily;
import java.util.Arrays;
import java.util.List;

/**
 * The rules of one backend and family, and the ipsets that they ask. Each has ipsets of its own, so
 * that one backend can be taken away while the other one serves.
 */
enum Stack {
  LEGACY_V4(Backend.LEGACY, IpFamily.IPV4, "iptables-legacy", "PORTOLAN-4L-"),
  LEGACY_V6(Backend.LEGACY, IpFamily.IPV6, "ip6tables-legacy", "PORTOLAN-6L-"),
  NFT_V4(Backend.NFT, IpFamily.IPV4, "iptables-nft", "PORTOLAN-4-"),
  NFT_V6(Backend.NFT, IpFamily.IPV6, "ip6tables-nft", "PORTOLAN-6-");

  private final Backend backend;
  private final IpFamily family;
  private final String program;
  private final String setPrefix;

  Stack(Backend backend, IpFamily family, String program, String setPrefix) {
    this.backend = backend;
    this.family = family;
    this.program = program;
    this.setPrefix = setPrefix;
  }

  /** Those of a backend, IPv4 first. */
  static List<Stack> of(Backend backend) {
    return Arrays.stream(values()).filter(stack -> stack.backend == backend).toList();
  }

  IpFamily family() {
    return family;
  }

  boolean v6() {
    return family == IpFamily.IPV6;
  }

  /** The program that reads and writes single rules. */
  String program() {
    return program;
  }

  /** The program that writes. */
  String restore() {
    return program + "-restore";
  }

  /** The program that reads. */
  String save() {
    return program + "-save";
  }

  /** How the names of its ipsets begin. */
  String setPrefix() {
    return setPrefix;
  }

  /** The word of ipset for the family. */
  String setFamily() {
    return v6() ? "inet6" : "inet";
  }
}
