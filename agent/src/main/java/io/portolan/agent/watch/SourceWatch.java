package io.portolan.agent.watch;

import io.portolan.agent.sync.Change;

/** What follows one source of the API server. */
interface SourceWatch extends AutoCloseable {
  /** Starts; returns at once. */
  void start();

  /** False once it has given up for good; without a connection it goes on trying. */
  boolean alive();

  /** Whether it is connected. */
  boolean watching();

  Change.Source source();

  @Override
  void close();
}
