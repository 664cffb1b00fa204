package io.portolan.operator.controller;

import java.time.Duration;

/** How a step ended. */
sealed interface Outcome {
  /** Go on. */
  record Proceed() implements Outcome {}

  /** Go on, and look again after this time even if nothing happens. */
  record LookAgain(Duration after) implements Outcome {}

  /** The cluster refuses what this step wants until someone changes something; say so. */
  record Refused(String why) implements Outcome {}
}
