package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.Planner;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.SliceTable;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What one changed endpoint costs between the watch and the kernel, in mode nftables: the slice
 * into the table, the plan's delta, the batch of netlink messages. Run by {@code make jmh}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ChangeBenchmark {
  private static final int ENDPOINTS = 5;

  /** How many there are must not matter. */
  @Param({"1000", "50000"})
  public int services;

  private final ServiceTable serviceTable = new ServiceTable();
  private final SliceTable sliceTable = new SliceTable();
  private final Planner planner = new Planner("node", serviceTable, sliceTable);
  private final NetlinkBuffer buffer = new NetlinkBuffer();
  private final Model model = new Model();
  private int turn;

  /** Plans all Services. */
  @Setup
  public void load() {
    for (int i = 0; i < services; i++) {
      serviceTable.put(service(i));
      planner.touch(sliceTable.put(slice(i, 0)));
    }
    model.node(Plans.NODE, Doors.OPEN);
    model.commit(model.change(planner.take()));
  }

  /** Gives the memory back. */
  @TearDown
  public void close() {
    buffer.close();
  }

  /** One endpoint of one Service is another one. */
  @Benchmark
  public int change() {
    PlanDelta delta = delta();
    Change change = model.change(delta);
    var transaction = new Transaction(buffer, 0);
    transaction.change(change);
    transaction.end();
    model.commit(change);
    return buffer.size();
  }

  /** The same without the kernel's side. */
  @Benchmark
  public PlanDelta delta() {
    turn++;
    planner.touch(sliceTable.put(slice(turn * 7919 % services, turn / services + 1)));
    return planner.take();
  }

  /** All Services at once, as at a start; divide by their number. */
  @Benchmark
  public int load(Whole whole) {
    var all = new Model();
    all.node(Plans.NODE, Doors.OPEN);
    Change change = all.change(whole.delta(this));
    var transaction = new Transaction(buffer, 0);
    transaction.change(change);
    transaction.end();
    return buffer.size();
  }

  /** The delta from nothing to everything. */
  @State(Scope.Thread)
  public static class Whole {
    private PlanDelta delta = new PlanDelta(null, List.of(), List.of());

    private PlanDelta delta(ChangeBenchmark of) {
      if (delta.isEmpty()) {
        delta = new PlanDelta(null, List.copyOf(of.planner.plan().ports().values()), List.of());
      }
      return delta;
    }
  }

  private static Service service(int number) {
    return new Service(
        new ServiceName("bench", "service-" + number),
        List.of(new Ip(IpFamily.IPV4, 0, 0x0a600000L + number)),
        List.of(new ServicePort("http", Protocol.TCP, 80, 0)),
        TrafficPolicy.CLUSTER,
        External.NONE,
        Affinity.NONE);
  }

  private static EndpointSlice slice(int number, int version) {
    var endpoints = new ArrayList<SliceEndpoint>();
    for (int e = 0; e < ENDPOINTS; e++) {
      long address = 0x0a800000L + (long) ENDPOINTS * number + e + (e == 0 ? version << 20 : 0);
      endpoints.add(
          new SliceEndpoint(
              new Ip(IpFamily.IPV4, 0, address), true, true, false, "node", List.of(), List.of()));
    }
    return new EndpointSlice(
        new SliceName("bench", "slice-" + number),
        new ServiceName("bench", "service-" + number),
        IpFamily.IPV4,
        List.of(new SlicePort("http", Protocol.TCP, 8080)),
        endpoints);
  }
}
