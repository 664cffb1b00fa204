package io.portolan.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.others.OtherProxy;
import io.portolan.agent.others.OtherProxy.Kind;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DutyTest {
  private static final OtherProxy RUNS =
      new OtherProxy(Kind.KUBE_PROXY, true, true, List.of("table ip kube-proxy"));
  private static final OtherProxy LEFT =
      new OtherProxy(Kind.KUBE_PROXY, false, true, List.of("table ip kube-proxy"));
  private static final OtherProxy CILIUM =
      new OtherProxy(Kind.CILIUM, true, true, List.of("link cilium_host"));

  private static Duty of(
      Duty.Ask ask, boolean taken, boolean ours, boolean settled, OtherProxy... others) {
    return Duty.of(ask, taken, () -> ours, settled, List.of(others));
  }

  @Test
  @DisplayName("nobody else: it serves, and leaves when told")
  void alone() {
    assertThat(of(Duty.Ask.SERVE, false, false, false)).isEqualTo(Duty.SERVE);
    assertThat(of(Duty.Ask.TAKE, false, false, false)).isEqualTo(Duty.SERVE);
    assertThat(of(Duty.Ask.REMOVE, false, true, false)).isEqualTo(Duty.LEAVE);
  }

  @Test
  @DisplayName("what serves and is not ours is never fought, whether it runs or left its rules")
  void waits() {
    assertThat(of(Duty.Ask.SERVE, false, false, true, RUNS)).isEqualTo(Duty.WAIT);
    assertThat(of(Duty.Ask.SERVE, false, false, false, LEFT)).isEqualTo(Duty.WAIT);
    assertThat(of(Duty.Ask.SERVE, false, false, false, CILIUM)).isEqualTo(Duty.WAIT);
    assertThat(of(Duty.Ask.TAKE, false, false, false, CILIUM, RUNS)).isEqualTo(Duty.WAIT);
  }

  @Test
  @DisplayName("what serves and is ours goes on when another proxy appears")
  void goesOn() {
    assertThat(of(Duty.Ask.SERVE, false, true, true, RUNS)).isEqualTo(Duty.SERVE);
    assertThat(of(Duty.Ask.TAKE, false, true, false, CILIUM)).isEqualTo(Duty.SERVE);
  }

  @Test
  @DisplayName("a takeover serves beside kube-proxy, and cleans up only once it is gone")
  void takeover() {
    assertThat(of(Duty.Ask.TAKE, false, false, true, RUNS)).isEqualTo(Duty.TAKE_OVER);
    assertThat(of(Duty.Ask.TAKE, false, true, true, RUNS)).isEqualTo(Duty.TAKE_OVER);
    assertThat(of(Duty.Ask.TAKE, false, false, false, LEFT))
        .as("its rules serve, so ours come beside them first")
        .isEqualTo(Duty.TAKE_OVER);
    assertThat(of(Duty.Ask.TAKE, true, true, false, LEFT)).isEqualTo(Duty.CLEAN_UP);
    assertThat(of(Duty.Ask.TAKE, true, true, false)).isEqualTo(Duty.SERVE);
  }

  @Test
  @DisplayName("on the way back it serves until kube-proxy has done so for a while")
  void back() {
    assertThat(of(Duty.Ask.GIVE_BACK, true, true, false)).isEqualTo(Duty.GIVE_BACK);
    assertThat(of(Duty.Ask.GIVE_BACK, true, true, false, RUNS)).isEqualTo(Duty.GIVE_BACK);
    assertThat(of(Duty.Ask.GIVE_BACK, true, true, true, RUNS)).isEqualTo(Duty.LEAVE);
    assertThat(of(Duty.Ask.GIVE_BACK, true, false, true, RUNS)).isEqualTo(Duty.STAND_BY);
    assertThat(of(Duty.Ask.REMOVE, true, true, false, RUNS)).isEqualTo(Duty.GIVE_BACK);
    assertThat(of(Duty.Ask.REMOVE, true, true, true, RUNS)).isEqualTo(Duty.LEAVE);
    assertThat(of(Duty.Ask.REMOVE, true, false, false)).isEqualTo(Duty.LEAVE);
  }
}
