package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const failuresListed = 20

// totals counts what became of many calls; calls may end at the same time.
type totals struct {
	mu        sync.Mutex
	failed    int
	errors    map[string]int
	answers   map[string]int
	remotes   map[string]int
	durations []time.Duration
	failures  []failure
	open      openCalls
}

type failure struct {
	Time string `json:"time"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// answer is what the server said: its host name, and the address without port it saw the client at.
type answer struct {
	hostname, remote string
}

func newTotals() *totals {
	return &totals{errors: map[string]int{}, answers: map[string]int{}, remotes: map[string]int{}, failures: []failure{}, open: newOpenCalls()}
}

// begin notes a call as open until the returned function is called.
func (t *totals) begin(at time.Time) (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	number := t.open.add(at)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.open.end(number)
	}
}

func (t *totals) answered(a answer, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answers[a.hostname]++
	t.remotes[a.remote]++
	t.durations = append(t.durations, took)
}

func (t *totals) failedWith(err error, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed++
	text := innermost(err)
	t.errors[text]++
	if len(t.failures) < failuresListed {
		t.failures = append(t.failures, failure{millis(at), kind(err), text})
	}
}

func (t *totals) MarshalJSON() ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sorted := slices.Sorted(slices.Values(t.durations))
	return json.Marshal(struct {
		Calls     int            `json:"calls"`
		Failed    int            `json:"failed"`
		Errors    map[string]int `json:"errors"`
		Answers   map[string]int `json:"answers"`
		Remotes   map[string]int `json:"remotes"`
		P50Micros int64          `json:"p50Micros"`
		P99Micros int64          `json:"p99Micros"`
		Failures  []failure      `json:"failures"`
		Open      string         `json:"oldestOpen"`
	}{
		len(t.durations) + t.failed, t.failed, t.errors, t.answers, t.remotes,
		percentile(sorted, 50).Microseconds(), percentile(sorted, 99).Microseconds(), t.failures, t.open.oldest(),
	})
}

// percentile by nearest rank of sorted durations.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}

func kind(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "reset"
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	default:
		return "other"
	}
}

// innermost is the error without the ports around it, which would make every text a new one.
func innermost(err error) string {
	if kind(err) == "timeout" {
		return "timeout"
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.TrimSpace(err.Error())
		}
		err = inner
	}
}
