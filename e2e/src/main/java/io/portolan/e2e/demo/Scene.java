package io.portolan.e2e.demo;

import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.SampleApp;

/** One thing that the demo shows. */
interface Scene {
  void play(Installation portolan, SampleApp app, Show show);
}
