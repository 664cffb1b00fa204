package io.portolan.agent.dataplane.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.iptables.Commands.MissingProgram;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: whether a node can do it")
class TrialTest {
  @TempDir private Path folder;

  private final RecordingCommands commands = new RecordingCommands();
  private NetworkNamespace node;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("trial");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private Fitness fitness(Backend backend) {
    return node.call(() -> new Trial(backend, commands, folder.resolve("lock")).fitness());
  }

  /** What there is in the kernel, tables without rules too. */
  private String kernel() throws IOException {
    return node.exec("iptables-nft-save")
        + node.exec("ip6tables-nft-save")
        + node.exec("nft", "list", "ruleset")
        + node.exec("ipset", "save")
        + node.exec("cat", "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("it can, and nothing stays behind, no empty table either")
  void fits(Backend backend) throws IOException {
    String before = kernel();
    Fitness fitness = node.call(() -> new IptablesVariant(backend, new Sysctl(folder)).fitness());
    assertThat(fitness.words()).startsWith("iptables-").contains(backend.word().substring(0, 2));
    assertThat(fitness.words()).contains("ipset v");
    assertThat(fitness.fits()).isTrue();
    assertThat(fitness(backend).fits()).isTrue();
    assertThat(kernel()).isEqualTo(before).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("it can where it serves already, and disturbs nothing")
  void fitsWhereItServes(Backend backend) throws IOException {
    var dataplane = new Placed(node, new Processes(), backend);
    dataplane.replace(SamplePlans.full());
    String before = kernel() + dataplane.dump();
    assertThat(fitness(backend).fits()).isTrue();
    assertThat(withoutTime(kernel() + dataplane.dump())).isEqualTo(withoutTime(before));
  }

  private static String withoutTime(String text) {
    return String.join("\n", text.lines().filter(line -> !line.startsWith("#")).toList());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a match that is not there is named, with the module that has it")
  void match(Backend backend) throws IOException {
    commands.spoil = (program, input) -> input.replace("-m statistic", "-m nosuch");
    commands.wrap =
        (program, command) ->
            command.stream().map(word -> word.equals("statistic") ? "nosuch" : word).toList();
    Fitness fitness = fitness(backend);
    assertThat(fitness.fits()).isFalse();
    assertThat(fitness.words()).contains("refuses").contains("nosuch").contains("xt_statistic");
    assertThat(kernel()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = "NFT")
  @DisplayName("each rule that the kernel refuses is named")
  void rules(Backend backend) throws IOException {
    commands.spoil =
        (program, input) ->
            input
                .replace("-j DNAT --to", "-j REJECT --reject-with tcp-reset")
                .replace("-reset-destination [2001:db8::1]:80", "-reset")
                .replace("-reset-destination 192.0.2.1:80", "-reset");
    Fitness fitness = fitness(backend);
    assertThat(fitness.fits()).isFalse();
    assertThat(fitness.words())
        .contains("iptables-nft-restore refuses -p tcp -m tcp --dport 1:2 -j DNAT")
        .contains("ip6tables-nft-restore refuses")
        .contains("modprobe xt_nat")
        .doesNotContain("xt_statistic");
    assertThat(kernel()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "without NET_RAW it cannot, without NET_ADMIN neither, and it says what the Pod needs")
  void capabilities(Backend backend) throws IOException {
    for (String capability : List.of("-net_raw", "-net_admin")) {
      commands.wrap =
          (program, command) -> {
            var less = new ArrayList<>(List.of("setpriv", "--bounding-set", capability));
            less.addAll(command);
            return less;
          };
      Fitness fitness = fitness(backend);
      assertThat(fitness.fits()).as(capability).isFalse();
      assertThat(fitness.words()).contains("NET_ADMIN and NET_RAW");
      commands.wrap = (program, command) -> command;
      assertThat(kernel()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a program that is not installed is named with its package, and nothing is found")
  void programs(Backend backend) {
    Commands some =
        (command, input) -> {
          if (command.getFirst().contains("-save") || command.getFirst().equals("ipset")) {
            throw new MissingProgram(command.getFirst());
          }
          return commands.run(command, input);
        };
    Fitness fitness = node.call(() -> new Trial(backend, some, folder.resolve("lock")).fitness());
    assertThat(fitness.fits()).isFalse();
    assertThat(fitness.words())
        .contains("ip6tables-" + backend.word() + "-save is not installed (package iptables)")
        .contains("ipset is not installed (package ipset)");
    assertThat(new Placed(node, some, backend).found()).isEmpty();
  }

  @Test
  @DisplayName("legacy needs the lock that its programs share")
  void lock() throws IOException {
    Path lost = folder.resolve("run/lock");
    Fitness fitness = node.call(() -> new Trial(Backend.LEGACY, commands, lost).fitness());
    assertThat(fitness.fits()).isFalse();
    assertThat(fitness.words()).contains(lost + " cannot be written");
    Files.createDirectory(lost.getParent());
    assertThat(node.call(() -> new Trial(Backend.LEGACY, commands, lost).fitness()).fits())
        .isTrue();
    assertThat(lost).doesNotExist();
  }
}
