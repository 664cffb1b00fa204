package io.portolan.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The agent as its image has it: root file system, command line and AOT cache; in place of the
 * cgroup of its Pod, {@code -XX:MaxRAM} tells the JVM the Pod's limit of memory. Its settings are
 * the defaults of a ProxyConfig, but for the backend of mode iptables and the way to tell local
 * traffic, which are those of the kube-proxy it runs against.
 *
 * @param root the image, unpacked, with its mounts
 * @param config the image's configuration as JSON
 * @param folder where the API server has its certificate
 * @param logs folder for logs
 * @param flags more of the JVM's
 */
record AgentContestant(Path root, Path config, Path folder, Path logs, List<String> flags)
    implements Contestant {
  private static final String PATH = "/apis/portolan.io/v1alpha1/nodeproxies";
  private static final String JVM_LOG = "tmp/startup.log";
  private static final Pattern VM_CREATED = Pattern.compile("Create VM, ([0-9.]+) secs");
  private static final String ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount";

  /** What AgentDaemonSet asks for. */
  private static final String MEMORY = "384m";

  @Override
  public String title() {
    return "agent";
  }

  @Override
  public void prepare(Api api, Mode mode) {
    api.create(
        PATH,
        """
        {"apiVersion": "portolan.io/v1alpha1", "kind": "NodeProxy", "metadata": {"name": "n1"}, "spec": {
        "revision": "bench", "state": "Active", "settings": {
          "mode": "%s", "iptables": {"backend": "legacy", "masqueradeBit": 12},
          "affinity": {"timeout": "3h", "maxTimeout": "24h"},
          "traffic": {"detectLocal": {"mode": "ClusterCIDR", "clusterCIDRs": ["%s"]}, "masqueradeAll": false,
            "nodePortAddresses": ["primary"]},
          "sync": {"minInterval": "0s", "auditInterval": "5m"}, "logLevel": "info"}}}"""
            .formatted(mode.word(), Population.PODS));
    try {
      Path account = Files.createDirectories(root.resolve(ACCOUNT));
      Files.writeString(account.resolve("token"), ControlPlane.TOKEN);
      Files.copy(
          folder.resolve("certificates/apiserver.crt"),
          account.resolve("ca.crt"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new BenchException("cannot prepare the agent's image", e);
    }
  }

  @Override
  public Running start(Mode mode) {
    var line = new ArrayList<>(List.of("env", "-i"));
    try {
      JsonNode image = new ObjectMapper().readTree(config.toFile()).get("config");
      image.get("Env").forEach(variable -> line.add(variable.asText()));
      line.addAll(
          List.of(
              "NODE_NAME=n1",
              "KUBERNETES_SERVICE_HOST=" + Testbed.API,
              "KUBERNETES_SERVICE_PORT=" + ControlPlane.PORT,
              "/usr/sbin/chroot",
              root.toString()));
      for (JsonNode word : image.get("Entrypoint")) {
        line.add(word.asText());
        if (word.asText().equals("java")) {
          line.add("-XX:MaxRAM=" + MEMORY);
          line.addAll(flags);
          line.add("-Xlog:startuptime:file=/" + JVM_LOG);
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot read " + config, e);
    }
    return Running.start(logs.resolve("agent.log"), line);
  }

  /** What the JVM says of its own creation; main() follows at once. */
  @Override
  public OptionalDouble startup(Running running) {
    try {
      Matcher created = VM_CREATED.matcher(Files.readString(root.resolve(JVM_LOG)));
      return created.find()
          ? OptionalDouble.of(Double.parseDouble(created.group(1)) * 1000)
          : OptionalDouble.empty();
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
  }

  @Override
  public Duration pause() {
    return Duration.ofMillis(150);
  }

  @Override
  public int metricsPort() {
    return 10456;
  }
}
