package io.portolan.agent.service;

/** Transport protocols of Service ports. */
public enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /** The protocol number of the IP header (IANA, {@code linux/in.h}). */
  public int number() {
    return number;
  }
}
