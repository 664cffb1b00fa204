package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// flow is one kind of traffic to one target.
type flow struct {
	name     string // as the user wrote it
	udp      bool
	long     bool // one connection for many requests
	affinity bool // whoever answers first must answer always
	target   string
}

func parseFlow(text string) (flow, error) {
	kind, target, found := strings.Cut(text, "=")
	words := strings.Split(kind, "/")
	f := flow{name: text, udp: words[0] == "udp", affinity: len(words) == 3 && words[2] == "affinity", target: target}
	if f.long = len(words) > 1 && words[1] == "long"; !found || target == "" || len(words) < 2 || len(words) > 3 ||
		!f.udp && words[0] != "tcp" || !f.long && words[1] != "short" || len(words) == 3 && !f.affinity {
		return f, fmt.Errorf("%q is not tcp|udp/short|long[/affinity]=HOST:PORT", text)
	}
	return f, nil
}

// stresser holds what all flows share.
type stresser struct {
	interval    time.Duration
	timeout     time.Duration
	life        time.Duration
	connections int
}

func stress(ctx context.Context, args []string, out io.Writer) error {
	var s stresser
	flags := flag.NewFlagSet("stress", flag.ExitOnError)
	flags.DurationVar(&s.interval, "interval", 200*time.Millisecond, "time between two requests of a flow, or of one of its connections")
	flags.DurationVar(&s.timeout, "timeout", 15*time.Second, "longest time a request may take")
	flags.DurationVar(&s.life, "life", 40*time.Second, "life of all long connections of a flow but the first, which stays")
	flags.IntVar(&s.connections, "connections", 2, "number of connections of a long flow")
	stall := flags.Duration("stall", 5*time.Second, "an answer that takes longer has stalled")
	servers := flags.String("servers", "", "host names of all that may answer, separated by commas")
	report := flags.String("report", "", "address on which the running counts are served over HTTP")
	flags.Parse(args)
	if flags.NArg() == 0 || s.interval <= 0 || s.connections <= 0 || s.life <= 0 || *servers == "" {
		return errors.New("stress needs servers, at least one flow, and numbers above zero")
	}

	allowed := map[string]bool{}
	for _, server := range strings.Split(*servers, ",") {
		allowed[server] = true
	}
	byFlow := map[string]*counts{}
	var running sync.WaitGroup
	var flows []flow
	for _, text := range flags.Args() {
		f, err := parseFlow(text)
		if err != nil {
			return err
		}
		flows = append(flows, f)
		byFlow[f.name] = newCounts(allowed, f.affinity, *stall)
	}
	stop, err := serveReport(*report, byFlow)
	if err != nil {
		return err
	}
	defer stop()
	for _, f := range flows {
		running.Go(func() { s.run(ctx, f, byFlow[f.name]) })
	}
	running.Wait()
	return json.NewEncoder(out).Encode(byFlow)
}

func (s *stresser) run(ctx context.Context, f flow, c *counts) {
	if !f.long {
		repeat(ctx, s.interval, func() {
			one := caller{target: f.target, path: "/", udp: f.udp, timeout: s.timeout}
			c.connected()
			c.request("", one.call)
		})
		return
	}
	var connections sync.WaitGroup
	for number := range s.connections {
		connections.Go(func() {
			for ctx.Err() == nil {
				s.keep(ctx, f, c, s.lifeOf(number))
			}
		})
	}
	connections.Wait()
}

// lifeOf a connection: the first has no end, and the others do not end together.
func (s *stresser) lifeOf(number int) time.Duration {
	if number == 0 {
		return 1 << 62
	}
	return s.life * time.Duration(s.connections+number) / time.Duration(s.connections)
}

// keep asks over one connection until a request fails or its life is over.
func (s *stresser) keep(ctx context.Context, f flow, c *counts, life time.Duration) {
	end := time.Now().Add(life)
	var way connection
	server, answered := c.request("", func() (got answer, err error) {
		if way, err = connect(f, s.timeout); err == nil {
			c.connected()
			got, err = way.ask(s.timeout)
		}
		return got, err
	})
	if way != nil {
		defer way.Close()
	}
	for pause(ctx, s.interval); answered && ctx.Err() == nil && time.Now().Before(end); pause(ctx, s.interval) {
		_, answered = c.request(server, func() (answer, error) { return way.ask(s.timeout) })
	}
}
