package io.portolan.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.Eventually;
import io.portolan.agent.KillableServer;
import io.portolan.agent.proto.ObjectProto;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.sync.Change;
import io.portolan.api.testing.ApiServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a real API server, through a wire that can be cut. */
@Timeout(180)
@DisplayName("The stream of objects")
class ObjectStreamTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration LONG_SILENCE = Duration.ofSeconds(90);
  private static final String NAMESPACE = RichObjects.NAMESPACE;

  private static ApiServer stays;
  private static KillableServer server;
  private static KubernetesClient client;

  private Wire wire;
  private KubernetesClient wired;
  private final Map<ServiceName, Reading<io.portolan.agent.service.Service>> services =
      new ConcurrentHashMap<>();
  private final Map<SliceName, Slice> slices = new ConcurrentHashMap<>();
  private final AtomicInteger lists = new AtomicInteger();

  record Slice(
      Reading<io.portolan.agent.service.EndpointSlice> reading, @Nullable Instant trigger) {
    static Slice of(EndpointSlice object) {
      return new Slice(SliceReader.read(object), SliceReader.trigger(object));
    }
  }

  @BeforeAll
  static void startServers() throws Exception {
    stays = ApiServer.start();
    client = stays.client();
    server = new KillableServer(stays, "--service-cluster-ip-range=10.0.0.0/24,fd00:77::/112");
    try (KubernetesClient dual = server.client()) {
      RichObjects.create(dual);
    }
  }

  @AfterAll
  static void stopServers() {
    if (server != null) {
      server.close();
    }
    if (stays != null) {
      stays.close();
    }
  }

  @BeforeEach
  void lay() throws IOException {
    wire = new Wire(server.port());
    wired = server.client(wire.port());
  }

  @AfterEach
  void takeUp() throws IOException {
    wired.close();
    wire.close();
    for (String name : new String[] {"a", "b", "c"}) {
      client.services().inNamespace(NAMESPACE).withName(name).delete();
    }
  }

  private ObjectStream<Service, ServiceName> services(KubernetesClient from, Duration silence) {
    return new ObjectStream<>(
        Change.Source.SERVICES,
        new ProtoRequests(from, "api/v1/services", silence),
        ObjectProto.services(ServiceReader.ANNOTATIONS),
        s -> new ServiceName(s.getMetadata().getNamespace(), s.getMetadata().getName()),
        s ->
            services.put(
                new ServiceName(s.getMetadata().getNamespace(), s.getMetadata().getName()),
                ServiceReader.read(s)),
        services::remove,
        lists::incrementAndGet);
  }

  private ObjectStream<EndpointSlice, SliceName> slices(KubernetesClient from) {
    return new ObjectStream<>(
        Change.Source.ENDPOINT_SLICES,
        new ProtoRequests(from, "apis/discovery.k8s.io/v1/endpointslices", LONG_SILENCE),
        ObjectProto.slices(SliceReader.LABELS, SliceReader.ANNOTATIONS),
        s -> new SliceName(s.getMetadata().getNamespace(), s.getMetadata().getName()),
        s ->
            slices.put(
                new SliceName(s.getMetadata().getNamespace(), s.getMetadata().getName()),
                Slice.of(s)),
        slices::remove,
        lists::incrementAndGet);
  }

  private static ServiceName named(String name) {
    return new ServiceName(NAMESPACE, name);
  }

  private static Service create(String name) {
    return client
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewPort()
                .withPort(80)
                .endPort()
                .endSpec()
                .build())
        .create();
  }

  private static void delete(String name) {
    client.services().inNamespace(NAMESPACE).withName(name).delete();
  }

  private void awaitLists(int number) {
    Eventually.holds(SOON, () -> assertThat(lists).hasValue(number));
  }

  private void await(String... present) {
    Eventually.holds(SOON, () -> assertThat(services).containsKeys(namesOf(present)));
  }

  private void awaitGone(String name) {
    Eventually.holds(SOON, () -> assertThat(services).doesNotContainKey(named(name)));
  }

  private static ServiceName[] namesOf(String... names) {
    var found = new ServiceName[names.length];
    for (int i = 0; i < names.length; i++) {
      found[i] = named(names[i]);
    }
    return found;
  }

  private static Map<ServiceName, Reading<io.portolan.agent.service.Service>> servicesByJson() {
    var expected = new HashMap<ServiceName, Reading<io.portolan.agent.service.Service>>();
    for (Service s : client.services().inAnyNamespace().list().getItems()) {
      if (ServedLabels.select(s)) {
        expected.put(
            new ServiceName(s.getMetadata().getNamespace(), s.getMetadata().getName()),
            ServiceReader.read(s));
      }
    }
    return expected;
  }

  private static io.portolan.agent.service.Service value(
      Map<ServiceName, Reading<io.portolan.agent.service.Service>> readings, String name) {
    return Objects.requireNonNull(Objects.requireNonNull(readings.get(named(name))).value());
  }

  private static Map<SliceName, Slice> slicesByJson() {
    var expected = new HashMap<SliceName, Slice>();
    for (var s : client.discovery().v1().endpointSlices().inAnyNamespace().list().getItems()) {
      if (ServedLabels.select(s)) {
        expected.put(
            new SliceName(s.getMetadata().getNamespace(), s.getMetadata().getName()), Slice.of(s));
      }
    }
    return expected;
  }

  @Test
  @DisplayName("reads of every Service and slice what the JSON of the API server says")
  void everyField() {
    var expected = servicesByJson();
    assertThat(value(expected, "dual").clusterIps()).as("the test needs two families").hasSize(2);
    assertThat(value(expected, "balanced").external().loadBalancerIps()).hasSize(2);
    assertThat(expected).doesNotContainKey(named("of-another"));
    try (var a = services(wired, LONG_SILENCE);
        var b = slices(wired)) {
      a.start();
      b.start();
      awaitLists(2);
      assertThat(services).containsExactlyInAnyOrderEntriesOf(expected);
      assertThat(slices).containsExactlyInAnyOrderEntriesOf(slicesByJson());
    }
  }

  @Test
  @DisplayName("tells what is new, changed, deleted, and what by its labels is another's from now")
  void changes() {
    try (var stream = services(wired, LONG_SILENCE)) {
      stream.start();
      awaitLists(1);
      create("a");
      create("b");
      await("a", "b");
      client
          .services()
          .inNamespace(NAMESPACE)
          .withName("a")
          .edit(
              s ->
                  new ServiceBuilder(s)
                      .editSpec()
                      .withInternalTrafficPolicy("Local")
                      .endSpec()
                      .build());
      Eventually.holds(
          SOON, () -> assertThat(services).containsExactlyInAnyOrderEntriesOf(servicesByJson()));
      delete("a");
      awaitGone("a");
      client
          .services()
          .inNamespace(NAMESPACE)
          .withName("b")
          .edit(
              s ->
                  new ServiceBuilder(s)
                      .editMetadata()
                      .addToLabels("service.kubernetes.io/service-proxy-name", "other")
                      .endMetadata()
                      .build());
      awaitGone("b");
      assertThat(lists).hasValue(1);
    }
  }

  @Test
  @DisplayName("goes on after a broken connection where it was, without a new list")
  void resumes() {
    create("a");
    try (var stream = services(wired, LONG_SILENCE)) {
      stream.start();
      awaitLists(1);
      await("a");
      wire.cut();
      Eventually.holds(SOON, () -> assertThat(stream.watching()).isFalse());
      delete("a");
      create("b");
      Eventually.holds(SOON, () -> assertThat(wire.refused()).isGreaterThan(2));
      assertThat(stream.alive()).isTrue();
      assertThat(services).containsKey(named("a"));
      wire.mend();
      await("b");
      awaitGone("a");
      assertThat(lists).hasValue(1);
      assertThat(stream.watching()).isTrue();
    }
  }

  @Test
  @DisplayName("notices a connection that is dead without a word")
  void dead() {
    try (var stream = services(wired, Duration.ofSeconds(3))) {
      stream.start();
      awaitLists(1);
      wire.deaden();
      create("a");
      await("a");
      assertThat(lists).hasValue(1);
    }
  }

  @Test
  @DisplayName("lists anew when its version is too old, and tells what is gone since")
  void tooOld() throws Exception {
    create("a");
    create("c");
    try (var stream = services(wired, LONG_SILENCE)) {
      stream.start();
      awaitLists(1);
      await("a", "c");
      server.kill();
      delete("a");
      create("b");
      // A server that starts now knows nothing of what was before it.
      server.start();
      awaitLists(2);
      await("b", "c");
      assertThat(services).containsExactlyInAnyOrderEntriesOf(servicesByJson());
    }
  }

  @Test
  @DisplayName("lists in pages where the API server cannot list by watch")
  void pages() throws Exception {
    try (var old = new KillableServer(stays, "--feature-gates=WatchList=false");
        var oldClient = old.client();
        var stream = services(oldClient, LONG_SILENCE);
        var other = slices(oldClient)) {
      stream.start();
      other.start();
      awaitLists(2);
      assertThat(services).containsExactlyInAnyOrderEntriesOf(servicesByJson());
      assertThat(slices).containsExactlyInAnyOrderEntriesOf(slicesByJson());
      create("a");
      await("a");
      delete("a");
      awaitGone("a");
      assertThat(lists).hasValue(2);
    }
  }

  @Test
  @DisplayName("ends when it is closed")
  void closes() {
    var stream = services(wired, LONG_SILENCE);
    stream.start();
    awaitLists(1);
    assertThat(stream.alive()).isTrue();
    stream.close();
    Eventually.holds(SOON, () -> assertThat(stream.alive()).isFalse());
  }
}
