package io.portolan.agent.dataplane.nftables;

/** FNV-1a with 64 bits: the same in every run and on every node. */
final class Hash {
  static final long START = 0xcbf29ce484222325L;

  private Hash() {}

  static long of(byte[] bytes, long start) {
    long hash = start;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  /** From 1 to 2^31 - 1: the numbers of Service ports and endpoints. */
  static int number(long hash) {
    int number = (int) (hash ^ hash >>> 32) & Integer.MAX_VALUE;
    return number == 0 ? 1 : number;
  }

  /** The number after that one, in a circle. */
  static int next(int number) {
    return number == Integer.MAX_VALUE ? 1 : number + 1;
  }
}
