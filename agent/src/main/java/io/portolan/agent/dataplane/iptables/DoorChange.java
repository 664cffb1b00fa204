package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The way from doors to others, of one stack. It can be turned round.
 *
 * @param come rules to insert into chains of the kernel's own
 * @param gone rules to delete from them
 */
record DoorChange(List<BaseRule> come, List<BaseRule> gone) {
  static DoorChange between(List<BaseRule> before, List<BaseRule> after) {
    var come = new ArrayList<>(after);
    before.forEach(come::remove);
    var gone = new ArrayList<>(before);
    after.forEach(gone::remove);
    return new DoorChange(come, gone);
  }

  /** A part of it. */
  DoorChange only(Predicate<BaseRule> which) {
    return new DoorChange(
        come.stream().filter(which).toList(), gone.stream().filter(which).toList());
  }

  /** The way back. */
  DoorChange turned() {
    return new DoorChange(/* come= */ gone, /* gone= */ come);
  }
}
