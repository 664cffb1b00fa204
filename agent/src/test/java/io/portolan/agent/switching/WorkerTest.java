package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkerTest {
  @Test
  @DisplayName("who is told of the end of a task finds it done, whether it succeeded or failed")
  void toldWhenDone() throws Exception {
    var told = new ArrayBlockingQueue<Boolean>(2);
    var current = new AtomicReference<Worker.Task<String>>();
    try (var worker = new Worker(() -> told.add(current.get().done()))) {
      for (boolean fails : new boolean[] {false, true}) {
        var begin = new CompletableFuture<String>();
        current.set(worker.start(begin::join));
        if (fails) {
          begin.completeExceptionally(new IllegalStateException("as asked"));
        } else {
          begin.complete("done");
        }
        assertThat(told.poll(10, TimeUnit.SECONDS)).as("done when told").isTrue();
      }
    }
  }
}
