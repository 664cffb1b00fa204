package io.portolan.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.nftables.NftablesDataplane;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Planner;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import org.jspecify.annotations.Nullable;

/** Objects as no API server would admit them, or as old ones are still stored. */
@Label("Bad objects")
class BadObjectsTest {
  private static final NetworkNamespace node = NetworkNamespace.create("bad");
  private static final NftablesDataplane dataplane = node.call(NftablesDataplane::open);

  private static final String[] IPS = {
    "10.96.0.1",
    "10.96.0.2",
    "192.168.0.5",
    "127.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "fd96::1",
    "fd96::2",
    "::",
    "::1",
    "::ffff:10.96.0.1",
    "fe80::1",
    "ff02::1",
    "010.96.0.1",
    "10.96.0",
    "",
    " 10.96.0.1",
    "None",
    "host",
    "10.96.0.1%eth0"
  };
  private static final String[] RANGES = {
    "10.0.0.0/8", " 10.0.0.0/8 ", "10.1.2.3/8", "0.0.0.0/0", "::/0", "fd00::/8", "10.0.0.0/33",
    "10.0.0.0", "", "/", "10.0.0.0/-1", "255.255.255.255/32", "::ffff:10.0.0.0/104", "10.0.0.0/9"
  };
  private static final Integer[] PORTS = {80, 443, 1, 65535, 0, -1, 65536, Integer.MAX_VALUE};
  private static final Integer[] NODE_PORTS = {30000, 30001, 0, -5, 70000};
  private static final String[] PROTOCOLS = {"TCP", "UDP", "SCTP", "tcp", "ICMP", ""};

  @AfterContainer
  static void close() {
    dataplane.close();
    node.close();
  }

  @Property(tries = 150)
  @Label("never make a plan that the kernel refuses, whole or by deltas")
  void kernelTakesThem(@ForAll long seed) {
    var random = new Random(seed);
    var services = new ServiceTable();
    var slices = new SliceTable();
    var planner = new Planner("n0", services, slices);
    planner.facts(
        new NodeFacts(
            List.of(Ip.parse("192.168.0.5")),
            List.of(Ip.parse("10.96.0.2"), Ip.parse("192.168.0.5"), Ip.parse("fd96::2")),
            new PodSources.Ranges(List.of()),
            random.nextBoolean(),
            List.of(Cidr.parse("10.96.0.0/16"), Cidr.parse("10.96.0.0/12"))));
    planner.take();
    dataplane.replace(planner.plan(), Doors.OPEN);
    for (int i = 0; i < 10; i++) {
      for (int change = random.nextInt(4); change >= 0; change--) {
        change(random, planner, services, slices);
      }
      dataplane.apply(planner.take());
      assertThat(dataplane.replace(planner.plan(), Doors.OPEN)).isEqualTo(new Audit(0, 0, 0));
    }
  }

  private static void change(
      Random random, Planner planner, ServiceTable services, SliceTable slices) {
    if (random.nextBoolean()) {
      Service object = service(random);
      var name =
          new ServiceName(object.getMetadata().getNamespace(), object.getMetadata().getName());
      var read = ServiceReader.read(object).value();
      if (read == null) {
        services.remove(name);
      } else {
        services.put(read);
      }
      planner.touch(name);
    } else {
      var read = SliceReader.read(slice(random)).value();
      if (read != null) {
        planner.touch(slices.put(read));
      }
    }
  }

  private static Service service(Random random) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("s" + random.nextInt(4))
        .endMetadata()
        .withNewSpec()
        .withType(pick(random, "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "What"))
        .withClusterIP(pick(random, IPS))
        .withClusterIPs(some(random, 3, () -> pick(random, IPS)))
        .withExternalIPs(some(random, 3, () -> pick(random, IPS)))
        .withLoadBalancerSourceRanges(some(random, 3, () -> pick(random, RANGES)))
        .withInternalTrafficPolicy(maybe(random, "Cluster", "Local", "local"))
        .withExternalTrafficPolicy(maybe(random, "Cluster", "Local", ""))
        .withHealthCheckNodePort(maybe(random, 32000, -1, 0))
        .withSessionAffinity(maybe(random, "None", "ClientIP", "Other"))
        .withNewSessionAffinityConfig()
        .withNewClientIP(maybe(random, 0, -1, 1, 10800, 86400, Integer.MAX_VALUE))
        .endSessionAffinityConfig()
        .withPorts(
            some(
                random,
                4,
                () ->
                    new ServicePortBuilder()
                        .withName(maybe(random, "", "http", "x".repeat(300)))
                        .withProtocol(random.nextBoolean() ? "TCP" : pick(random, PROTOCOLS))
                        .withPort(pick(random, PORTS))
                        .withNodePort(pick(random, NODE_PORTS))
                        .build()))
        .endSpec()
        .withNewStatus()
        .withNewLoadBalancer()
        .withIngress(
            some(
                random,
                2,
                () ->
                    new LoadBalancerIngressBuilder()
                        .withIp(pick(random, IPS))
                        .withIpMode(maybe(random, "VIP", "Proxy", "Other"))
                        .build()))
        .endLoadBalancer()
        .endStatus()
        .build();
  }

  private static EndpointSlice slice(Random random) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("e" + random.nextInt(5))
        .addToLabels("kubernetes.io/service-name", "s" + random.nextInt(4))
        .endMetadata()
        .withAddressType(pick(random, "IPv4", "IPv4", "IPv6", "FQDN"))
        .withPorts(
            some(
                random,
                3,
                () ->
                    new EndpointPortBuilder()
                        .withName(maybe(random, "", "http", "x".repeat(300)))
                        .withProtocol(random.nextBoolean() ? "TCP" : pick(random, PROTOCOLS))
                        .withPort(pick(random, PORTS))
                        .build()))
        .withEndpoints(
            some(
                random,
                6,
                () ->
                    new EndpointBuilder()
                        .withAddresses(some(random, 3, () -> pick(random, IPS)))
                        .withNodeName(maybe(random, "n0", "n1", ""))
                        .withNewConditions()
                        .withReady(maybe(random, true, false))
                        .withServing(maybe(random, true, false))
                        .withTerminating(maybe(random, true, false))
                        .endConditions()
                        .build()))
        .build();
  }

  private static <T> List<T> some(Random random, int most, Supplier<? extends @Nullable T> one) {
    var list = new ArrayList<T>();
    Stream.generate(one).limit(random.nextInt(most + 1)).forEach(each -> add(list, each));
    return list;
  }

  private static <T> void add(List<T> list, @Nullable T value) {
    if (value != null) {
      list.add(value);
    }
  }

  @SafeVarargs
  private static <T> @Nullable T maybe(Random random, T... of) {
    int i = random.nextInt(of.length + 1);
    return i == of.length ? null : of[i];
  }

  @SafeVarargs
  private static <T> T pick(Random random, T... of) {
    return of[random.nextInt(of.length)];
  }
}
