package io.portolan.agent.watch;

import io.portolan.agent.service.Ip;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The addresses of this node's interfaces. */
public final class LocalAddresses {
  private static final Logger log = LoggerFactory.getLogger(LocalAddresses.class);

  private LocalAddresses() {}

  /** All of them now, without loopback and link-local ones; empty when they cannot be read. */
  public static List<Ip> read() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .map(InetAddress::getAddress)
          .map(Ip::of)
          .sorted()
          .distinct()
          .toList();
    } catch (SocketException e) {
      log.warn("cannot read the addresses of this node's interfaces", e);
      return List.of();
    }
  }
}
