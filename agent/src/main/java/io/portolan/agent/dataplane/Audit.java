package io.portolan.agent.dataplane;

/**
 * How the kernel differed from a plan, in entries (elements, rules, chains).
 *
 * @param missing planned, but not in the kernel
 * @param stale of ours in the kernel, but not as planned
 * @param foreign in our tables, but not made by us
 */
public record Audit(int missing, int stale, int foreign) {
  /** Whether nothing differed. */
  public boolean clean() {
    return missing == 0 && stale == 0 && foreign == 0;
  }
}
