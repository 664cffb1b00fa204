package io.portolan.agent.dataplane.coexistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.service.Protocol;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * The life of one of our modes on a node where others have rules already, from the first plan to
 * removal. Whoever opens it has put the others' rules there; they must never change.
 */
final class Stay implements AutoCloseable {
  private static final Audit CLEAN = new Audit(0, 0, 0);

  private final Testbed bed;
  private final Others others;
  private final Guest guest;
  private final Dataplane dataplane;
  private String before;

  Stay(Testbed bed, Guest guest) {
    this.bed = bed;
    this.guest = guest;
    others = new Others(bed.node());
    before = others.rules();
    assertThat(before).as("the others have rules").isNotEmpty();
    dataplane = bed.node().call(guest::open);
  }

  /** Every stage, with all ways checked at each, and removal at the end. */
  void wholeLife(Set<Way> silent) {
    wholeLife(endpoint -> Way.all(bed, endpoint, silent));
  }

  /**
   * Every stage, and removal at the end.
   *
   * @param packets sends them, told the number of the Pod behind {@code web}
   */
  void wholeLife(IntConsumer packets) {
    serve();
    packets.accept(1);
    untouched("after packets");
    change();
    packets.accept(2);
    untouched("after packets, again");
    audits();
    leave();
  }

  /** The first plan. */
  void serve() {
    replace(dataplane, Services.first());
    fresh();
    untouched("with the first plan");
    assertThat(early()).isNotEqualTo(Traffic.REFUSED).startsWith("pod1 ");
  }

  /** An endpoint is replaced, a Service comes and one goes. */
  void change() {
    bed.node()
        .call(
            () -> {
              dataplane.apply(Services.change());
              return true;
            });
    fresh();
    untouched("after a change");
    assertThat(Traffic.ask(bed.node(), Protocol.TCP, Services.clusterIp("late", false), 80, ""))
        .startsWith("pod1 ");
    assertThat(early()).doesNotStartWith("pod1 ");
  }

  /** By this process, and by one that starts anew. */
  void audits() {
    assertThat(replace(dataplane, Services.second())).as("audit").isEqualTo(CLEAN);
    untouched("after an audit");
    try (Dataplane next = bed.node().call(guest::open)) {
      assertThat(replace(next, Services.second())).as("audit after a start").isEqualTo(CLEAN);
    }
    untouched("after a start");
  }

  void leave() {
    bed.node()
        .call(
            () -> {
              dataplane.remove();
              return true;
            });
    untouched("after removal");
    assertThat(others.ours()).as("left of ours").isEmpty();
  }

  /** The others have changed their rules themselves. */
  void othersChanged() {
    before = others.rules();
    fresh();
  }

  private void untouched(String when) {
    assertThat(others.rules()).as(when).isEqualTo(before);
  }

  private String early() {
    return Traffic.ask(
        bed.node(), Protocol.TCP, Services.clusterIp("early", false), 80, Traffic.SILENCE);
  }

  /** A packet must not meet the connection of an earlier one that had the same port by chance. */
  private void fresh() {
    bed.node().exec("sh", "-c", "conntrack -F 2>/dev/null");
  }

  private Audit replace(Dataplane which, Plan plan) {
    NetworkNamespace node = bed.node();
    return node.call(() -> which.replace(plan, Doors.OPEN));
  }

  /** Takes all rules off the node, ours and the others'. */
  @Override
  public void close() {
    dataplane.close();
    others.clear();
  }
}
