package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.Service;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Objects of the API as the agent understands them, without an API server. */
public final class ApiObjects {
  private ApiObjects() {}

  /** Whether the agent's watches would show the object. */
  public static boolean watched(HasMetadata object) {
    return ServedLabels.select(object);
  }

  /** As the agent reads it; null: nothing to serve. */
  public static @Nullable Service service(io.fabric8.kubernetes.api.model.Service object) {
    return ServiceReader.read(object).value();
  }

  /** As the agent reads it; null: nothing for a proxy. */
  public static @Nullable EndpointSlice slice(
      io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice object) {
    return SliceReader.read(object).value();
  }

  /** As the agent reads it. */
  public static OwnNode node(Node object) {
    return Objects.requireNonNull(NodeReader.read(object).value());
  }
}
