package io.portolan.agent.vectors;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.vectors.VectorCase.CheckAnswer;
import io.portolan.agent.vectors.VectorCase.CheckExpectation;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import io.portolan.agent.vectors.VectorCase.ObjectName;
import io.portolan.agent.vectors.VectorCase.Step;
import io.portolan.agent.vectors.VectorCase.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the steps of a case. */
final class StepReader {
  private StepReader() {}

  /**
   * Reads them.
   *
   * @param expectations the field that holds what is expected: {@code flows} or {@code checks}
   */
  static List<Step> steps(Fields fields, NodeConfig first, String expectations) {
    var steps = new ArrayList<Step>();
    NodeConfig config = first;
    if (!fields.has("steps")) {
      throw fields.bad("steps", "required");
    }
    for (Fields f : fields.maps("steps")) {
      config = config.with(f.fieldsOrNone("config"));
      boolean flows = expectations.equals("flows");
      steps.add(
          new Step(
              config,
              deletes(f),
              CaseReader.objects(f, "apply"),
              flows ? flows(f) : List.of(),
              flows ? List.of() : checks(f)));
      f.end();
    }
    return List.copyOf(steps);
  }

  private static List<ObjectName> deletes(Fields fields) {
    var names = new ArrayList<ObjectName>();
    for (Fields f : fields.maps("delete")) {
      String kind = f.text("kind");
      if (!Set.of("Service", "EndpointSlice").contains(kind)) {
        throw f.bad("kind", "unknown value " + kind);
      }
      names.add(new ObjectName(kind, f.text("namespace"), f.text("name")));
      f.end();
    }
    return List.copyOf(names);
  }

  private static List<FlowExpectation> flows(Fields fields) {
    var flows = new ArrayList<FlowExpectation>();
    var names = new HashSet<String>();
    for (Fields f : fields.maps("flows")) {
      FlowExpectation flow = flow(f);
      if (!names.add(flow.name())) {
        throw f.bad("name", flow.name() + " is there twice");
      }
      flows.add(flow);
    }
    return List.copyOf(flows);
  }

  private static FlowExpectation flow(Fields f) {
    Fields expect = f.fields("expect");
    Verdict verdict = expect.word("verdict", Verdict.class);
    boolean dnat = verdict == Verdict.DNAT;
    for (String key : List.of("endpoints", "masquerade", "stickySeconds")) {
      if (!dnat && expect.raw(key) != null) {
        throw expect.bad(key, "only with DNAT");
      }
    }
    Set<String> endpoints = CaseReader.endpoints(expect, "endpoints");
    if (dnat && endpoints.isEmpty()) {
      throw expect.bad("endpoints", "required with DNAT");
    }
    if (verdict != Verdict.NONE && expect.raw("explicitAccept") != null) {
      throw expect.bad("explicitAccept", "only with NONE");
    }
    String kernel = f.text("kernel", "");
    if (!kernel.isEmpty() && !kernel.equals("skip")) {
      throw f.bad("kernel", "unknown value " + kernel);
    }
    var flow =
        new FlowExpectation(
            f.text("name"),
            f.parsed("from", Ip::parse),
            f.parsed("to", Ip::parse),
            f.word("protocol", Protocol.class),
            f.number("port", 1, 65535),
            kernel.isEmpty(),
            verdict,
            endpoints,
            expect.optionalFlag("masquerade"),
            expect.raw("stickySeconds") == null
                ? 0
                : expect.number("stickySeconds", 1, Integer.MAX_VALUE),
            expect.optionalFlag("explicitAccept"));
    if (flow.from().family() != flow.to().family()) {
      throw f.bad("to", "not of the same family as from");
    }
    expect.end();
    f.end();
    return flow;
  }

  private static List<CheckExpectation> checks(Fields fields) {
    var checks = new ArrayList<CheckExpectation>();
    for (Fields f : fields.maps("checks")) {
      Fields expect = f.fields("expect");
      CheckAnswer answer = null;
      if (expect.flag("listening")) {
        int status = expect.number("status", 200, 503);
        if (status != 200 && status != 503) {
          throw expect.bad("status", "neither 200 nor 503: " + status);
        }
        answer =
            new CheckAnswer(
                status,
                expect.number("localEndpoints", 0, Integer.MAX_VALUE),
                CaseReader.serviceName(expect.fields("service")));
      }
      expect.end();
      checks.add(
          new CheckExpectation(
              f.number("port", 1, 65535),
              f.raw("address") == null ? null : f.parsed("address", Ip::parse),
              f.flag("proxyHealthy", true),
              answer));
      f.end();
    }
    return List.copyOf(checks);
  }
}
