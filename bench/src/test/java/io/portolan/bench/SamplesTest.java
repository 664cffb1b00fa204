package io.portolan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Samples")
class SamplesTest {
  @Test
  @DisplayName("the median is the middle one, or the mean of the two in the middle")
  void median() {
    assertThat(Samples.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5);
    assertThat(Samples.median(List.of(4.0, 1.0, 9.0, 2.0))).isEqualTo(3);
    assertThat(Samples.median(List.of(7.0))).isEqualTo(7);
  }

  @Test
  @DisplayName("a percentile is the smallest value that so many do not exceed")
  void percentile() {
    List<Double> hundred = IntStream.rangeClosed(1, 100).mapToObj(n -> (double) n).toList();
    assertThat(Samples.percentile(hundred, 0.5)).isEqualTo(50);
    assertThat(Samples.percentile(hundred, 0.99)).isEqualTo(99);
    assertThat(Samples.percentile(List.of(3.0, 1.0), 0.99)).isEqualTo(3);
    assertThat(Samples.percentile(List.of(3.0), 0.0)).isEqualTo(3);
  }

  @Test
  @DisplayName("of nothing there are no statistics")
  void nothing() {
    assertThatThrownBy(() -> Samples.median(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
