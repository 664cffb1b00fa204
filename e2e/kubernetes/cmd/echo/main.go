// The sample application of the demo and the tests: a server that says who answered whom, and a
// client that counts what became of its connections.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage:
  echo serve [--tcp PORT] [--udp PORT]
      answers "<hostname> <local address> <remote address>" to GET / and to each datagram; /slow?ms=N, /healthz
  echo call --count N [--interval D] [--timeout D] [--udp] [--path P] [--source-port-new always|never] HOST:PORT
      one new connection for each call, one after the other; prints the totals as one line of JSON
  echo run --interval D [--timeout D] [--udp] [--path P] [--report :PORT] HOST:PORT...
      one new connection to each target at each interval until SIGTERM; the totals keyed by target,
      over HTTP while it runs and printed at the end
  echo stress [--interval D] [--timeout D] [--stall D] [--life D] [--connections N] [--report :PORT] --servers NAME,... FLOW...
      the same for kinds of traffic: a FLOW is tcp|udp/short|long[/affinity]=HOST:PORT, such as
      udp/short/affinity=10.96.0.1:80; the counts keyed by flow
  echo sleep
      waits for SIGTERM
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var err error
	switch verb, args := os.Args[1], os.Args[2:]; verb {
	case "serve":
		err = serve(ctx, args)
	case "call":
		err = call(ctx, args, os.Stdout)
	case "run":
		err = run(ctx, args, os.Stdout)
	case "stress":
		err = stress(ctx, args, os.Stdout)
	case "sleep":
		<-ctx.Done()
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}
