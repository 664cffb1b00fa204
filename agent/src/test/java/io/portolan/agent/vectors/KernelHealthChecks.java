package io.portolan.agent.vectors;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.health.ServiceHealthServer;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.vectors.VectorCase.CheckAnswer;
import io.portolan.agent.vectors.VectorCase.CheckExpectation;
import io.portolan.agent.vectors.VectorCase.Step;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** Asks the real server, on the addresses of a node whose kernel the dataplane has programmed. */
final class KernelHealthChecks {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE_MILLIS = 5_000;
  private static final String NOT_LISTENING = "not listening";

  private final Mode mode;

  KernelHealthChecks(Mode mode) {
    this.mode = mode;
  }

  void run(VectorCase.HealthChecks kind, Outcome outcome) throws Exception {
    var model = new Model(mode, kind.config());
    var healthy = new AtomicBoolean(true);
    try (var lab = new Lab(kind.config(), Set.of(), Set.of(), Set.of())) {
      lab.nodeIps(kind.config().nodeIps());
      // The server's thread stays in the namespace in which it is made.
      try (var server = lab.node().call(() -> new ServiceHealthServer(healthy::get));
          Dataplane dataplane = lab.node().call(mode.opener()::get)) {
        int number = 0;
        for (Step step : kind.steps()) {
          number++;
          lab.nodeIps(step.config().nodeIps());
          model.step(step);
          lab.node().call(() -> dataplane.replace(model.plan(), Doors.OPEN));
          List<Ip> open = model.plan().node().nodePortAddresses();
          server.serve(model.planner().healthChecks(), open);
          for (CheckExpectation check : step.checks()) {
            healthy.set(check.proxyHealthy());
            Ip address = check.address();
            if (address == null && open.isEmpty()) {
              outcome.fail("step " + number + ", " + check + ": no address is open");
              continue;
            }
            CheckAnswer answer = check.answer();
            String expected = answer == null ? NOT_LISTENING : answer.toString();
            Ip asked = address == null ? open.getFirst() : address;
            outcome.check(
                "step " + number + ", " + check,
                expected,
                lab.node().call(() -> settled(asked, check, expected)));
          }
        }
      }
    }
  }

  /** The answer, once it is as expected; ports open and close soon after they are asked for. */
  private static String settled(Ip address, CheckExpectation check, String expected)
      throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    while (true) {
      String found = ask(address, check);
      if (found.equals(expected) || System.nanoTime() > end) {
        return found;
      }
      Thread.sleep(20);
    }
  }

  private static String ask(Ip address, CheckExpectation check) {
    try (var channel = SocketChannel.open(Servers.family(address))) {
      var socket = channel.socket();
      socket.connect(Servers.address(address, check.port()), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return read(answer, check.proxyHealthy());
    } catch (ConnectException e) {
      return "Connection refused".equals(e.getMessage()) ? NOT_LISTENING : e.toString();
    } catch (SocketTimeoutException e) {
      return "no answer within " + PATIENCE_MILLIS + " ms";
    } catch (IOException e) {
      // A server that closes ends its connections, and may be gone at the next look.
      return e.toString();
    }
  }

  /** The answer in the words of an expectation, where it is whole. */
  private static String read(String answer, boolean proxyHealthy) throws IOException {
    int blank = answer.indexOf("\r\n\r\n");
    if (blank < 0 || answer.length() < 12) {
      return "not HTTP: " + answer;
    }
    String head = answer.substring(0, blank).toLowerCase(Locale.ROOT);
    var body = JSON.readTree(answer.substring(blank + 4));
    int count = body.path("localEndpoints").asInt(-1);
    var found =
        new CheckAnswer(
            Integer.parseInt(answer.substring(9, 12)),
            count,
            new ServiceName(
                body.path("service").path("namespace").asText(),
                body.path("service").path("name").asText()));
    boolean whole =
        (head + "\r\n").contains("\r\nx-load-balancing-endpoint-weight: " + count + "\r\n")
            && body.path("serviceProxyHealthy").isBoolean()
            && body.path("serviceProxyHealthy").asBoolean() == proxyHealthy;
    return whole ? found.toString() : found + ", but in whole: " + answer;
  }
}
