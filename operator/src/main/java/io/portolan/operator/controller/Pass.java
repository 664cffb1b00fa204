package io.portolan.operator.controller;

import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.fleet.Ownership;
import io.portolan.operator.fleet.TakeoverLabel;
import io.portolan.operator.manifests.Revisions;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutPolicy;
import io.portolan.operator.rollout.RolloutState;
import io.portolan.operator.status.RolloutRecord;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One run of the steps for one ProxyConfig: what it started from, and what its steps found. */
final class Pass {
  private ProxyConfig config;
  private final Context<ProxyConfig> context;
  private final Map<String, FleetNode> nodes;
  private final Set<String> configs;
  private final Ownership ownership;
  private final Instant now;
  private final Snapshot snapshot;
  private final String updateRevision;
  private final Optional<Snapshot> baseline;
  private final SortedSet<String> remaining = new TreeSet<>();
  private Optional<String> givingBack = Optional.empty();
  private @Nullable RolloutPlan plan;
  private @Nullable String rejection;
  private Readings.@Nullable Fleet read;

  Pass(
      ProxyConfig config,
      Context<ProxyConfig> context,
      Map<String, FleetNode> nodes,
      Set<String> configs,
      Ownership ownership,
      Snapshot snapshot,
      Instant now) {
    this.config = config;
    this.context = context;
    this.nodes = nodes;
    this.configs = configs;
    this.ownership = ownership;
    this.now = now;
    this.snapshot = snapshot;
    this.updateRevision = snapshot.name(config.getMetadata().getName());
    var owned = ownership.nodesOf(name()).stream().map(nodes::get).filter(Objects::nonNull);
    this.baseline =
        TakeoverLabel.everywhere(owned.toList()) ? Optional.empty() : snapshot.baseline();
  }

  ProxyConfig config() {
    return config;
  }

  /** The same ProxyConfig after its status was written. */
  void config(ProxyConfig written) {
    this.config = written;
  }

  RolloutPolicy policy() {
    return RolloutPolicy.of(Revisions.spec(config).rollout());
  }

  RolloutState state() {
    return RolloutRecord.read(config.getStatus());
  }

  Context<ProxyConfig> context() {
    return context;
  }

  String name() {
    return config.getMetadata().getName();
  }

  boolean deleting() {
    return config.getMetadata().getDeletionTimestamp() != null;
  }

  /** All nodes by name. */
  Map<String, FleetNode> nodes() {
    return nodes;
  }

  /** Whether a ProxyConfig of this name exists, be it that it is being deleted. */
  boolean exists(@Nullable String configName) {
    return configName != null && configs.contains(configName);
  }

  Ownership ownership() {
    return ownership;
  }

  Instant now() {
    return now;
  }

  /** What the spec asks for. */
  Snapshot snapshot() {
    return snapshot;
  }

  String updateRevision() {
    return updateRevision;
  }

  /** What comes before it where nothing was ever good. */
  Optional<Snapshot> baseline() {
    return state().good() == null ? baseline : Optional.empty();
  }

  /** Name of the revision that is the baseline. */
  Optional<String> baselineRevision() {
    return baseline().map(b -> b.name(name()));
  }

  /** Nodes that hold something of this ProxyConfig's, which no ProxyConfig wants there. */
  SortedSet<String> remaining() {
    return remaining;
  }

  /** Of one of them on which kube-proxy has to serve first: its name, and what its agent says. */
  Optional<String> givingBack() {
    return givingBack;
  }

  void givingBack(Optional<String> words) {
    this.givingBack = words;
  }

  /** The last reading of the nodes, unless something was written since. */
  Readings.@Nullable Fleet read() {
    return read;
  }

  /** Keeps a reading; null forgets it. */
  void read(Readings.@Nullable Fleet reading) {
    this.read = reading;
  }

  @Nullable RolloutPlan plan() {
    return plan;
  }

  void plan(RolloutPlan found) {
    this.plan = found;
  }

  @Nullable String rejection() {
    return rejection;
  }

  void reject(String why) {
    this.rejection = why;
  }
}
