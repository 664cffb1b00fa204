package io.portolan.agent.proto;

import io.fabric8.kubernetes.api.model.ClientIPConfig;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.LoadBalancerStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import io.fabric8.kubernetes.api.model.ServiceStatus;
import io.fabric8.kubernetes.api.model.SessionAffinityConfig;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Reads {@code core/v1 Service}, what concerns a proxy. */
record ServiceProto(MetaProto metadata) implements ObjectProto<Service> {

  @Override
  public Service read(ProtoReader in) {
    var service = new Service();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> service.setMetadata(metadata.read(in.message("ObjectMeta")));
        case 2 -> service.setSpec(spec(in.message("ServiceSpec")));
        case 3 -> service.setStatus(status(in.message("ServiceStatus")));
        default -> in.skip();
      }
    }
    return service;
  }

  private static ServiceSpec spec(ProtoReader in) {
    var spec = new ServiceSpec();
    var ports = new ArrayList<ServicePort>();
    var clusterIps = new ArrayList<String>(2);
    var externalIps = new ArrayList<String>(0);
    var ranges = new ArrayList<String>(0);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> ports.add(port(in.message("ServicePort")));
        case 3 -> spec.setClusterIP(told(in.string()));
        case 4 -> spec.setType(told(in.string()));
        case 5 -> externalIps.add(in.string());
        case 7 -> spec.setSessionAffinity(told(in.string()));
        case 9 -> ranges.add(in.string());
        case 11 -> spec.setExternalTrafficPolicy(told(in.string()));
        case 12 -> spec.setHealthCheckNodePort(told(in.int32()));
        case 14 -> spec.setSessionAffinityConfig(affinity(in.message("SessionAffinityConfig")));
        case 18 -> clusterIps.add(in.string());
        case 22 -> spec.setInternalTrafficPolicy(told(in.string()));
        default -> in.skip();
      }
    }
    spec.setPorts(ports);
    spec.setClusterIPs(clusterIps);
    spec.setExternalIPs(externalIps);
    spec.setLoadBalancerSourceRanges(ranges);
    return spec;
  }

  private static ServicePort port(ProtoReader in) {
    var port = new ServicePort();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> port.setName(told(in.string()));
        case 2 -> port.setProtocol(told(in.string()));
        case 3 -> port.setPort(in.int32());
        case 5 -> port.setNodePort(told(in.int32()));
        default -> in.skip();
      }
    }
    return port;
  }

  private static SessionAffinityConfig affinity(ProtoReader in) {
    var config = new SessionAffinityConfig();
    while (in.next()) {
      if (in.field() == 1) {
        config.setClientIP(clientIp(in.message("ClientIPConfig")));
      } else {
        in.skip();
      }
    }
    return config;
  }

  private static ClientIPConfig clientIp(ProtoReader in) {
    var config = new ClientIPConfig();
    while (in.next()) {
      if (in.field() == 1) {
        config.setTimeoutSeconds(in.int32());
      } else {
        in.skip();
      }
    }
    return config;
  }

  private static ServiceStatus status(ProtoReader in) {
    var status = new ServiceStatus();
    while (in.next()) {
      if (in.field() == 1) {
        status.setLoadBalancer(loadBalancer(in.message("LoadBalancerStatus")));
      } else {
        in.skip();
      }
    }
    return status;
  }

  private static LoadBalancerStatus loadBalancer(ProtoReader in) {
    var status = new LoadBalancerStatus();
    var entries = new ArrayList<LoadBalancerIngress>(0);
    while (in.next()) {
      if (in.field() == 1) {
        entries.add(ingress(in.message("LoadBalancerIngress")));
      } else {
        in.skip();
      }
    }
    status.setIngress(entries);
    return status;
  }

  private static LoadBalancerIngress ingress(ProtoReader in) {
    var ingress = new LoadBalancerIngress();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> ingress.setIp(told(in.string()));
        case 3 -> ingress.setIpMode(in.string());
        default -> in.skip();
      }
    }
    return ingress;
  }

  /**
   * Go writes a field that is no pointer also when nobody set it, as empty; JSON leaves it out
   * ({@code omitempty}).
   */
  private static @Nullable String told(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable Integer told(int number) {
    return number == 0 ? null : number;
  }
}
