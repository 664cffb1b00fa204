package io.portolan.agent.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The connection tracking table of a namespace, written and listed by the tool conntrack. */
public final class TrackedFlows {
  private static final Pattern ENTRY =
      Pattern.compile(
          "^(\\w+) .*? dst=(\\S+) .*?dport=(\\d+) .*?src=(\\S+) .*?sport=(\\d+) dport=\\d+ [^=]*\\w+=");

  private final NetworkNamespace space;

  public TrackedFlows(NetworkNamespace space) {
    this.space = space;
  }

  /** Makes entries, each as one of the methods here writes it. */
  public void add(String... flows) {
    try {
      Path file = Files.createTempFile("conntrack", ".txt");
      try {
        Files.write(file, List.of(flows));
        space.exec("conntrack", "-R", file.toString());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every entry of both families: protocol, original destination, source of the answers. */
  public List<String> list() {
    // Without the tool's own word on stderr, which would fall into the middle of a line.
    String list = "{ conntrack -L -f ipv4; conntrack -L -f ipv6; } 2>/dev/null";
    return space.exec("sh", "-c", list).lines().map(TrackedFlows::brief).sorted().toList();
  }

  /** As {@link #list} shows an entry. */
  public static String brief(String protocol, String to, int toPort, String from, int fromPort) {
    return protocol + " " + to + " " + toPort + " <- " + from + " " + fromPort;
  }

  /** Of the two directions that a line has, the first is the original one. */
  private static String brief(String line) {
    Matcher entry = ENTRY.matcher(line);
    if (!entry.find()) {
      throw new AssertionError("not an entry: " + line);
    }
    return brief(
        entry.group(1),
        entry.group(2),
        Integer.parseInt(entry.group(3)),
        entry.group(4),
        Integer.parseInt(entry.group(5)));
  }

  /** Who began each flow, in the family of the destination. */
  public static String client(String to) {
    return to.contains(":") ? "fd99::9" : "10.9.9.9";
  }

  public static String udp(String to, int toPort, String from, int fromPort, int clientPort) {
    return flow("udp", to, toPort, from, fromPort, clientPort);
  }

  public static String tcp(String to, int toPort, String from, int fromPort, int clientPort) {
    return flow("tcp", to, toPort, from, fromPort, clientPort)
        + " --state ESTABLISHED -u SEEN_REPLY,ASSURED";
  }

  /** A connection whose first packet got no answer. */
  public static String unanswered(
      String to, int toPort, String from, int fromPort, int clientPort) {
    return flow("tcp", to, toPort, from, fromPort, clientPort) + " --state SYN_SENT";
  }

  public static String sctp(String to, int toPort, String from, int fromPort, int clientPort) {
    return flow("sctp", to, toPort, from, fromPort, clientPort)
        + " --state ESTABLISHED --orig-vtag 1 --reply-vtag 2";
  }

  private static String flow(
      String protocol, String to, int toPort, String from, int fromPort, int clientPort) {
    String client = client(to);
    return String.join(
        " ",
        "-A -p",
        protocol,
        "-s",
        client,
        "-d",
        to,
        "--sport",
        Integer.toString(clientPort),
        "--dport",
        Integer.toString(toPort),
        "-r",
        from,
        "-q",
        client,
        "--reply-port-src",
        Integer.toString(fromPort),
        "--reply-port-dst",
        Integer.toString(clientPort),
        "-t 600");
  }
}
