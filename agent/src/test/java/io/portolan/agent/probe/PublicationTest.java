package io.portolan.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What of the probes the status shows")
class PublicationTest {
  private static final long SECOND = 1_000_000_000L;

  private final Publication publication = new Publication();

  private static NodeProbes measuring(String revision) {
    return new NodeProbes(revision, null, null, null, null);
  }

  private static NodeProbes figures(String revision, int sent, int failed) {
    var path = new PathProbes(ProbePath.POD, false, sent, failed, 300, null, null, null);
    return new NodeProbes(revision, List.of(path), null, null, null);
  }

  /** So many rounds, one a second. */
  private int told(int rounds, int failures, boolean failed, long from) {
    int told = 0;
    for (int i = 0; i < rounds; i++) {
      if (publication.round(figures("r1", 10 + i, failures), failed, from + i * SECOND)) {
        told++;
      }
    }
    return told;
  }

  @Test
  @DisplayName("a revision, its first figures, and then nothing while all goes well")
  void quiet() {
    assertThat(publication.take(measuring("r1"), 0)).isTrue();
    assertThat(publication.take(measuring("r1"), SECOND)).isFalse();
    assertThat(publication.round(measuring("r1"), false, SECOND)).isFalse();
    assertThat(told(1, 0, false, 2 * SECOND)).isEqualTo(1);
    assertThat(told(1000, 0, false, 3 * SECOND)).isZero();
    assertThat(publication.take(measuring("r2"), 2000 * SECOND)).isTrue();
  }

  @Test
  @DisplayName("failures at once, then every 2 s; their end once; and when they are forgotten")
  void failures() {
    publication.take(measuring("r1"), 0);
    told(1, 0, false, SECOND);
    assertThat(publication.round(figures("r1", 11, 1), true, 100 * SECOND)).isTrue();
    assertThat(publication.failing()).isTrue();
    assertThat(publication.round(figures("r1", 12, 2), true, 101 * SECOND)).isFalse();
    assertThat(publication.round(figures("r1", 13, 2), false, 102 * SECOND)).isTrue();
    assertThat(told(28, 2, false, 103 * SECOND)).isZero();
    assertThat(publication.failing()).isTrue();
    assertThat(told(1, 2, false, 131 * SECOND)).isEqualTo(1);
    assertThat(publication.failing()).isFalse();
    assertThat(told(60, 1, false, 132 * SECOND)).isZero();
    assertThat(told(60, 0, false, 200 * SECOND)).isEqualTo(1);
  }

  @Test
  @DisplayName("while connections fail all the time: every two seconds")
  void allTheTime() {
    publication.take(measuring("r1"), 0);
    assertThat(told(60, 1, true, 10 * SECOND)).isEqualTo(30);
  }

  @Test
  @DisplayName("failures before the figures say anything are told with the figures")
  void early() {
    publication.take(measuring("r1"), 0);
    assertThat(publication.round(measuring("r1"), true, 5 * SECOND)).isFalse();
    assertThat(publication.round(figures("r1", 10, 1), false, 6 * SECOND)).isTrue();
    assertThat(told(20, 1, false, 7 * SECOND)).isZero();
  }

  @Test
  @DisplayName("a new revision ends the failures of the one before")
  void newRevision() {
    publication.take(measuring("r1"), 0);
    told(3, 1, true, 10 * SECOND);
    publication.take(measuring("r2"), 20 * SECOND);
    assertThat(publication.failing()).isFalse();
  }
}
