package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.Ip;

/**
 * One element of {@link NamedSet#AFFINITY}.
 *
 * @param pool number of the endpoints of one policy of a Service port
 * @param endpoint number of the client's endpoint
 * @param timeout how long it is remembered after each connection, in milliseconds; 0 in what was
 *     read
 * @param left how long it is still remembered, in milliseconds
 */
record Remembered(
    Table table, int pool, Ip client, int protocol, int endpoint, long timeout, long left) {
  byte[] key() {
    return Element.joined(Element.mark(pool), client.bytes());
  }

  byte[] data() {
    return Element.number(protocol, endpoint);
  }
}
