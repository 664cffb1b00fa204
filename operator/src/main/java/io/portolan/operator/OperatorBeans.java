package io.portolan.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.portolan.operator.controller.Bounds;
import io.portolan.operator.controller.OperatorFactory;
import io.portolan.operator.manifests.Installation;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires JOSDK into Spring. There is no starter for this pair of versions. */
@Configuration(proxyBeanMethods = false)
class OperatorBeans {
  /** With a serialization of its own: the Kubernetes model is Jackson 2, Spring's is Jackson 3. */
  @Bean
  KubernetesClient kubernetesClient() {
    return new KubernetesClientBuilder()
        .withHttpClientFactory(new JdkHttpClientFactory())
        .withKubernetesSerialization(new KubernetesSerialization())
        .build();
  }

  @Bean
  Installation installation(PortolanProperties properties) {
    if (properties.apiServer().host().isEmpty()) {
      throw new IllegalStateException(
          "portolan.api-server.host is not set, and neither is KUBERNETES_SERVICE_HOST:"
              + " the agents must know an address of the API server that is no Service's");
    }
    return new Installation(
        properties.namespace(),
        properties.agent().image(),
        properties.apiServer().host(),
        properties.apiServer().port());
  }

  @Bean
  @ConditionalOnBooleanProperty(name = "portolan.leader-election.enabled", matchIfMissing = true)
  Leadership leadership(KubernetesClient client, PortolanProperties properties) {
    PortolanProperties.LeaderElection wishes = properties.leaderElection();
    String identity =
        wishes.identity().isEmpty() ? UUID.randomUUID().toString() : wishes.identity();
    return new Leadership(client, wishes, properties.namespace(), identity);
  }

  @Bean
  Operator operator(
      KubernetesClient client,
      Installation installation,
      Optional<Leadership> leadership,
      MeterRegistry meters) {
    return OperatorFactory.create(
        client,
        installation,
        Bounds.DEFAULT,
        leadership.map(Leadership::configuration),
        MicrometerMetrics.withoutPerResourceMetrics(meters),
        Clock.systemUTC());
  }

  @Bean
  OperatorLifecycle operatorLifecycle(Operator operator, Optional<Leadership> leadership) {
    return new OperatorLifecycle(operator, leadership);
  }

  /** Spring names it {@code operator} in the health groups. */
  @Bean
  OperatorHealth operatorHealthIndicator(Operator operator) {
    return new OperatorHealth(operator);
  }
}
