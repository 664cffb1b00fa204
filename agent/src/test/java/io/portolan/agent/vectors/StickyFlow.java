package io.portolan.agent.vectors;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Client affinity. All connections of the sender reach one endpoint; a time of at most a minute is
 * waited out: within it, counted from the last connection, the endpoint stays, after it is chosen
 * anew. Since one new choice may well be the old one, neighbours of the sender do the same, as far
 * as the objects of the case cannot tell them from it.
 */
final class StickyFlow {
  private static final int CONNECTIONS = 20;
  private static final int ANSWER_MILLIS = 5_000;
  private static final int LONGEST = 60;

  /** So many senders all choose the endpoint that they had once in 16 million cases. */
  private static final int SENDERS = 24;

  private final KernelFlow kernel;
  private final Lab lab;
  private final VectorCase.PacketFlow kind;

  StickyFlow(KernelFlow kernel, Lab lab, VectorCase.PacketFlow kind) {
    this.kernel = kernel;
    this.lab = lab;
    this.kind = kind;
  }

  String problem(FlowExpectation flow, Model model) throws InterruptedException {
    NetworkNamespace home = lab.own(flow.from()) ? lab.node() : lab.peer(flow.from());
    if (home == null) {
      throw new IllegalStateException("nobody has " + flow.from());
    }
    var members = new TreeSet<String>();
    int wanted = CONNECTIONS * flow.endpoints().size();
    for (Attempt.End end :
        home.call(
            () -> {
              var all = new ArrayList<Attempt.End>();
              for (int i = 0; i < wanted; i++) {
                all.add(KernelFlow.connection(flow, flow.from(), ANSWER_MILLIS).make());
                if (!(all.getLast() instanceof Attempt.Answered)) {
                  break;
                }
              }
              return all;
            })) {
      String wrong = kernel.wrongAnswer(flow, end);
      if (!wrong.isEmpty()) {
        return wrong;
      }
      members.add(((Attempt.Answered) end).endpoint());
    }
    if (members.size() > 1) {
      return "one sender reached " + members;
    }
    return flow.stickySeconds() > LONGEST || flow.endpoints().size() == 1
        ? ""
        : waitedOut(flow, home, model);
  }

  private String waitedOut(FlowExpectation flow, NetworkNamespace home, Model model)
      throws InterruptedException {
    List<Ip> senders = new ArrayList<>(List.of(flow.from()));
    if (!lab.own(flow.from())) {
      List<Ip> more = neighbours(flow, model);
      lab.join(flow.from(), more);
      senders.addAll(more);
    }
    // The second round is late enough that the third would come too late without it.
    long pause = flow.stickySeconds() * 600L;
    var chosen = choices(flow, home, senders);
    for (int round = 2; round <= 3; round++) {
      Thread.sleep(pause);
      var again = choices(flow, home, senders);
      if (!again.equals(chosen)) {
        return pause
            + " ms after the last connection (round "
            + round
            + ") a sender reached "
            + "another endpoint: "
            + chosen
            + ", then "
            + again;
      }
    }
    Thread.sleep(flow.stickySeconds() * 1_000L + 3_000);
    var anew = choices(flow, home, senders);
    return senders.size() == SENDERS && anew.equals(chosen)
        ? "affinity outlasts its time: " + SENDERS + " senders keep their endpoints, " + chosen
        : "";
  }

  private Map<Ip, String> choices(FlowExpectation flow, NetworkNamespace home, List<Ip> senders) {
    kernel.forgetConnections();
    return home.call(
        () -> {
          Map<Ip, String> choices = new TreeMap<>();
          for (Ip sender : senders) {
            Attempt.End end = KernelFlow.connection(flow, sender, ANSWER_MILLIS).make();
            choices.put(
                sender,
                end instanceof Attempt.Answered answer ? answer.endpoint() : KernelFlow.words(end));
          }
          return choices;
        });
  }

  /** Addresses after the sender's that nobody uses and that lie in the same ranges. */
  private List<Ip> neighbours(FlowExpectation flow, Model model) {
    Set<Cidr> ranges = new HashSet<>();
    if (model.plan().node().pods() instanceof PodSources.Ranges pods) {
      ranges.addAll(pods.ranges());
    }
    model.plan().ports().values().forEach(port -> ranges.addAll(port.sources()));
    Set<Ip> used = new HashSet<>(Pods.of(kind));
    kind.steps().forEach(s -> s.flows().forEach(f -> used.addAll(List.of(f.from(), f.to()))));
    kind.steps().forEach(s -> used.addAll(s.config().nodeIps()));
    var found = new ArrayList<Ip>();
    for (int i = 1; i < 200 && found.size() < SENDERS - 1; i++) {
      Ip from = flow.from();
      Ip next = new Ip(from.family(), from.high(), from.low() + i);
      boolean alike =
          ranges.stream().allMatch(range -> range.contains(from) == range.contains(next));
      if (alike && !used.contains(next) && (next.low() & 0xff) < 0xff && lab.peer(next) == null) {
        found.add(next);
      }
    }
    return found;
  }
}
