package io.portolan.agent.vectors;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portolan.agent.plan.Flow;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.vectors.VectorCase.AddressExpectation;
import io.portolan.agent.vectors.VectorCase.EndpointFacts;
import io.portolan.agent.vectors.VectorCase.Interface;
import io.portolan.agent.vectors.VectorCase.Kind;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads the file of a case; whatever is not known is refused. */
final class CaseReader {
  private static final Set<String> MODES = Set.of("iptables", "nftables");
  private static final Set<String> SETS =
      Set.of("clusterEndpoints", "localEndpoints", "allEndpoints");

  private CaseReader() {}

  /**
   * Reads it.
   *
   * @throws BadCase when the file is no case
   */
  static VectorCase read(Path file) {
    var fields = new Fields(yaml(file), "");
    String name = fields.text("name");
    String fileName = file.getFileName().toString();
    if (!fileName.equals(name + ".yaml")) {
      throw fields.bad("name", name + " is not the name of the file, " + fileName);
    }
    String title = fields.text("title");
    fields.text("source");
    fields.text("adapted", "");
    boolean apiValid = fields.flag("apiValid", true);
    Set<String> modes = Set.copyOf(fields.texts("modes", CaseReader::mode));
    Kind kind = kind(fields);
    fields.end();
    return new VectorCase(file, name, title, apiValid, modes.isEmpty() ? MODES : modes, kind);
  }

  private static Object yaml(Path file) {
    var settings =
        LoadSettings.builder()
            .setLabel(file.getFileName().toString())
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(0)
            .build();
    try {
      Object root = new Load(settings).loadFromString(Files.readString(file));
      if (root == null) {
        throw new BadCase("the file is empty");
      }
      return root;
    } catch (YamlEngineException e) {
      throw new BadCase("not YAML as agreed: " + e.getMessage());
    } catch (MalformedInputException e) {
      throw new BadCase("not UTF-8: " + e.getMessage());
    } catch (IOException e) {
      throw new BadCase("cannot be read: " + e);
    }
  }

  private static String mode(String text) {
    if (!MODES.contains(text)) {
      throw new IllegalArgumentException("unknown value " + text);
    }
    return text;
  }

  private static Kind kind(Fields fields) {
    String kind = fields.text("kind", "PacketFlow");
    return switch (kind) {
      case "PacketFlow" -> {
        NodeConfig config = config(fields);
        yield new VectorCase.PacketFlow(config, StepReader.steps(fields, config, "flows"));
      }
      case "HealthCheck" -> {
        NodeConfig config = config(fields);
        yield new VectorCase.HealthChecks(config, StepReader.steps(fields, config, "checks"));
      }
      case "EndpointSelection" -> selection(fields);
      case "EndpointState" -> state(fields);
      case "ConntrackCleanup" -> cleanup(fields);
      case "NodeAddresses" -> addresses(fields);
      default -> throw fields.bad("kind", "unknown value " + kind);
    };
  }

  private static NodeConfig config(Fields fields) {
    return NodeConfig.DEFAULT.with(fields.fieldsOrNone("config"));
  }

  static List<HasMetadata> objects(Fields fields, String key) {
    var objects = new ArrayList<HasMetadata>();
    fields.elements(key).forEach(e -> objects.add(ObjectReader.read(e.value(), e.where())));
    return List.copyOf(objects);
  }

  private static Kind selection(Fields fields) {
    NodeConfig config = config(fields);
    Fields expect = fields.fields("expect");
    var sets = new LinkedHashMap<String, Set<String>>();
    for (String key : SETS) {
      if (expect.has(key)) {
        sets.put(key, endpoints(expect, key));
      }
    }
    Boolean any = expect.optionalFlag("hasAnyEndpoints");
    expect.end();
    Object service = fields.raw("service");
    if (service == null) {
      throw fields.bad("service", "required");
    }
    return new VectorCase.Selected(
        config,
        ObjectReader.read(service, "service"),
        fields.text("servicePort"),
        objects(fields, "slices"),
        Map.copyOf(sets),
        any);
  }

  /** {@code address:port}, in the canonical form of addresses. */
  static Set<String> endpoints(Fields fields, String key) {
    return new LinkedHashSet<>(fields.texts(key, CaseReader::endpoint));
  }

  private static String endpoint(String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = colon < 0 ? 0 : Integer.parseInt(text.substring(colon + 1));
      if (port >= 1 && port <= 65535) {
        Ip ip = VectorCase.FlowExpectation.address(text);
        return new io.portolan.agent.plan.Endpoint(ip, port, false).toString();
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not address:port: " + text, e);
    }
    throw new IllegalArgumentException("not address:port: " + text);
  }

  private static Kind state(Fields fields) {
    NodeConfig config = config(fields);
    ServiceName service = serviceName(fields.fields("service"));
    Fields expect = fields.fields("expect");
    Fields ports = expect.fieldsOrNone("ports");
    if (!expect.has("ports")) {
      throw expect.bad("ports", "required");
    }
    expect.end();
    var expected = new LinkedHashMap<String, Set<EndpointFacts>>();
    for (String port : ports.keys()) {
      int slash = port.lastIndexOf('/');
      if (slash < 0) {
        throw ports.bad(port, "not portname/PROTOCOL");
      }
      protocol(port.substring(slash + 1), ports.at(port));
      var endpoints = new LinkedHashSet<EndpointFacts>();
      for (Fields e : ports.maps(port)) {
        endpoints.add(
            new EndpointFacts(
                e.parsed("endpoint", CaseReader::endpoint),
                e.flag("local"),
                e.flag("ready"),
                e.flag("serving"),
                e.flag("terminating")));
        e.end();
      }
      expected.put(port, endpoints);
    }
    return new VectorCase.State(config, service, objects(fields, "slices"), Map.copyOf(expected));
  }

  static ServiceName serviceName(Fields fields) {
    var name = new ServiceName(fields.text("namespace"), fields.text("name"));
    fields.end();
    return name;
  }

  private static Protocol protocol(String text, String where) {
    try {
      return Protocol.valueOf(text);
    } catch (IllegalArgumentException e) {
      throw new BadCase(where + ": unknown protocol " + text);
    }
  }

  private static Kind cleanup(Fields fields) {
    List<Flow> before = flows(fields, "before");
    var deleted = new LinkedHashSet<>(flows(fields, "expectDeleted"));
    if (!fields.has("expectDeleted")) {
      throw fields.bad("expectDeleted", "required");
    }
    if (!before.containsAll(deleted)) {
      throw fields.bad("expectDeleted", "not all of it is in before");
    }
    return new VectorCase.Cleanup(
        config(fields).everywhere(), objects(fields, "state"), before, deleted);
  }

  private static List<Flow> flows(Fields fields, String key) {
    var flows = new ArrayList<Flow>();
    for (Fields f : fields.maps(key)) {
      flows.add(
          new Flow(
              f.word("protocol", Protocol.class),
              f.parsed("origDst", Ip::parse),
              f.number("origDstPort", 1, 65535),
              f.parsed("replySrc", Ip::parse),
              f.number("replySrcPort", 1, 65535)));
      f.end();
    }
    return List.copyOf(flows);
  }

  private static Kind addresses(Fields fields) {
    var interfaces = new ArrayList<Interface>();
    for (Fields f : fields.maps("interfaces")) {
      interfaces.add(new Interface(f.text("name"), f.texts("addresses", Cidr::parse)));
      f.end();
    }
    var expected = new ArrayList<AddressExpectation>();
    Fields expect = fields.fields("expect");
    for (String family : List.of("IPv4", "IPv6")) {
      Fields f = expect.fieldsOrNone(family);
      for (String flag : List.of("matchAll", "containsIPv4Loopback")) {
        if (f.has(flag)) {
          expected.add(new AddressExpectation(family, flag, f.flag(flag)));
        }
      }
      if (f.has("addresses")) {
        expected.add(
            new AddressExpectation(
                family, "addresses", Set.copyOf(f.texts("addresses", Ip::parse))));
      }
      f.end();
    }
    expect.end();
    fields.fieldsOrNone("config").end();
    return new VectorCase.NodeAddresses(
        fields.texts("nodePortAddresses", Cidr::parse),
        List.copyOf(interfaces),
        List.copyOf(expected));
  }
}
