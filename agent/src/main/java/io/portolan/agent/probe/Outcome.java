package io.portolan.agent.probe;

/** How one connection went. */
public sealed interface Outcome {
  /** No answer in time, or a refusal, although every endpoint on another node is there. */
  Outcome FAILED = new Failed();

  /** No answer, and an endpoint that does not answer directly either: it says nothing. */
  Outcome VOID = new Excused();

  /**
   * Answered.
   *
   * @param nanos from the first packet to the answer
   */
  record Answered(long nanos) implements Outcome {}

  /** See {@link #FAILED}. */
  record Failed() implements Outcome {}

  /** See {@link #VOID}. */
  record Excused() implements Outcome {}
}
