package io.portolan.agent.service;

/** IP families; every Service port is planned once for each family that it has an address of. */
public enum IpFamily {
  IPV4,
  IPV6
}
