package io.portolan.agent.dataplane.iptables;

import java.util.List;

/**
 * A part of a chain. Pieces with the same chain and key are one; a chain is its pieces in the order
 * of their keys, and is there as long as it has one.
 *
 * @param lines none: only that the chain is there
 */
record Piece(ChainId chain, String key, List<Line> lines) {}
