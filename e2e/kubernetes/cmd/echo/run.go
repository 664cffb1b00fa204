package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

func run(ctx context.Context, args []string, out io.Writer) error {
	var shared caller
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	shared.common(flags)
	interval := flags.Duration("interval", 5*time.Millisecond, "time between the starts of two calls to one target")
	report := flags.String("report", "", "address on which the running totals are served over HTTP")
	flags.Parse(args)
	if flags.NArg() == 0 || *interval <= 0 {
		return errors.New("run needs at least one HOST:PORT and an interval above zero")
	}

	byTarget := map[string]*totals{}
	for _, target := range flags.Args() {
		byTarget[target] = newTotals()
	}
	stop, err := serveReport(*report, byTarget)
	if err != nil {
		return err
	}
	defer stop()
	var targets sync.WaitGroup
	for target, totals := range byTarget {
		c := shared
		c.target = target
		targets.Go(func() { repeat(ctx, *interval, func() { c.count(totals) }) })
	}
	targets.Wait()
	return json.NewEncoder(out).Encode(byTarget)
}

// serveReport gives what is counted to whoever asks over HTTP until it is stopped; no address: nobody can.
func serveReport(address string, counts any) (stop func() error, err error) {
	if address == "" {
		return func() error { return nil }, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(counts)
	}))
	return listener.Close, nil
}

// repeat starts a call at each tick without waiting for the one before: an outage must cost as many
// calls as it lasts ticks, also when each call takes its whole timeout to fail.
func repeat(ctx context.Context, interval time.Duration, call func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		select {
		case <-ticker.C:
			calls.Go(call)
		case <-ctx.Done():
			return
		}
	}
}
