package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node: namespaces of its own, in them containerd, kubelet and the Pods. */
public final class Node {
  private static final String ZONES = "abc";
  private static final Duration EXEC_BOUND = Duration.ofSeconds(30);

  private final int number;
  private final ClusterFolder folder;
  private final Launcher launcher;
  private @Nullable Program init;

  Node(int number, ClusterFolder folder, Launcher launcher) {
    this.number = number;
    this.folder = folder;
    this.launcher = launcher;
  }

  /** 1 for the first. */
  public int number() {
    return number;
  }

  /** As Kubernetes knows it: {@code node1}. */
  public String name() {
    return "node" + number;
  }

  /** Value of its label {@code topology.kubernetes.io/zone}; the first three nodes differ. */
  public String zone() {
    return "zone-" + ZONES.charAt((number - 1) % ZONES.length());
  }

  /** Name of its network namespace, as {@code ip netns} lists it. */
  public String netns() {
    return Network.namespace(number);
  }

  /** Its IPv4 address. */
  public String ipv4() {
    return Addresses.nodeIpv4(number);
  }

  /** Its IPv6 address. */
  public String ipv6() {
    return Addresses.nodeIpv6(number);
  }

  /** The IPv4 range of its Pods. */
  public String podsIpv4() {
    return Addresses.podsIpv4(number);
  }

  /** The IPv6 range of its Pods. */
  public String podsIpv6() {
    return Addresses.podsIpv6(number);
  }

  /** Host's pid of the first process of its PID namespace; the node lives as long as it does. */
  public long pid() {
    return init().pid();
  }

  /** Runs a command in all of the node's namespaces: it sees the node's files and processes. */
  public Output exec(String... command) {
    return exec(EXEC_BOUND, command);
  }

  /** The same with another bound; throws {@link ClusterException} if it does not end in time. */
  public Output exec(Duration bound, String... command) {
    return Command.of(inside(List.of(command))).within(bound).with(launcher.environment("")).run();
  }

  /** The same with a folder at the head of PATH. */
  Output execWith(String pathFirst, String... command) {
    return Command.of(inside(List.of(command))).with(launcher.environment(pathFirst)).run();
  }

  /** Runs a command of the host in the node's network alone. */
  public Output execInNetwork(String... command) {
    return execInNetwork(EXEC_BOUND, command);
  }

  /** The same with another bound; throws {@link ClusterException} if it does not end in time. */
  public Output execInNetwork(Duration bound, String... command) {
    List<String> line = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + netns()));
    line.addAll(List.of(command));
    return Command.of(line).within(bound).with(launcher.environment("")).run();
  }

  /** Host's pids of all processes in the node's Pods, sorted. */
  public List<Long> podProcesses() {
    try {
      return Processes.belowCgroup(cgroup());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Ends a process of one of the node's Pods with SIGKILL.
   *
   * @param pid as the host sees it, one of {@link #podProcesses}
   */
  public void kill9(long pid) {
    if (!podProcesses().contains(pid)) {
      throw new ClusterException("pid " + pid + " is no process of a Pod of " + name());
    }
    ProcessId.of(pid).ifPresent(ProcessId::kill9);
  }

  /** The log of one of its programs: containerd, kubelet, kube-proxy. */
  public Path log(String program) {
    return file("logs", program + ".log");
  }

  String cgroup() {
    return "portolan-" + name();
  }

  Path file(String first, String... more) {
    List<String> parts = new ArrayList<>(List.of("nodes", name(), first));
    parts.addAll(List.of(more));
    return folder.file(parts.getFirst(), parts.subList(1, parts.size()).toArray(String[]::new));
  }

  Program init() {
    if (init == null) {
      throw new IllegalStateException(name() + " was not started");
    }
    return init;
  }

  void started(Program first) {
    init = first;
  }

  /** A long-running program in all of the node's namespaces. */
  Program start(String name, List<String> command, String pathFirst) {
    Program entering = launcher.start(name() + "'s " + name, log(name), inside(command), pathFirst);
    return launcher.childOf(entering);
  }

  private List<String> inside(List<String> command) {
    List<String> line = new ArrayList<>(List.of("nsenter", "--target", Long.toString(pid())));
    line.addAll(List.of("--mount", "--uts", "--ipc", "--net", "--pid", "--"));
    line.addAll(command);
    return line;
  }
}
