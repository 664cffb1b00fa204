package io.portolan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Population")
class PopulationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 150, 200, 201, 1000, 9999, 10_000, 50_000})
  @DisplayName("probes are spread over all, and known by their number")
  void probes(int size) {
    var population = new Population(size, 5);
    Set<Integer> probes = new HashSet<>();
    for (int k = 0; k < population.probes(); k++) {
      probes.add(population.probe(k));
    }
    assertThat(probes).hasSize(Math.min(200, size)).contains(0, size - 1);
    for (int service = 0; service < size; service++) {
      assertThat(population.isProbe(service)).isEqualTo(probes.contains(service));
    }
  }

  @Test
  @DisplayName("no two endpoints share an address, whoever's they are")
  void addresses() {
    var population = new Population(50_000, 2);
    Set<Integer> all = new HashSet<>();
    for (int service = 0; service < population.size(); service++) {
      assertThat(all.add(population.endpoint(service, 0, 0))).isTrue();
      assertThat(all.add(population.endpoint(service, 1, 0))).isTrue();
    }
    for (int k = 0; k < population.probes(); k++) {
      for (int version = 0; version < 32; version++) {
        assertThat(all.add(Population.probeEndpoint(population.probe(k), version))).isTrue();
      }
    }
    for (int slice = 0; slice < Population.BIG_SLICES; slice++) {
      for (int number = 0; number < Population.BIG_SLICE_SIZE; number++) {
        int endpoint = Population.bigEndpoint(slice, number);
        assertThat(Population.bigSlice(endpoint)).isEqualTo(slice);
        assertThat(all.add(endpoint)).isTrue();
      }
    }
    assertThat(all).allMatch(address -> address >>> 22 == (10 << 24 | 192 << 16) >>> 22);
  }

  @Test
  @DisplayName("a change of one endpoint leaves the others as they are")
  void changeOfOne() {
    var population = new Population(1000, 3);
    assertThat(population.slice(7, 1, 0))
        .contains(Population.dotted(population.endpoint(7, 0, 1)))
        .doesNotContain("\"" + Population.dotted(population.endpoint(7, 0, 0)) + "\"")
        .contains(Population.dotted(population.endpoint(7, 1, 0)))
        .contains(Population.dotted(population.endpoint(7, 2, 0)));
    assertThat(IntStream.of(Population.address(0), Population.address(49_999)))
        .allMatch(address -> address >>> 20 == (10 << 24 | 96 << 16) >>> 20);
  }
}
