package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Of each kind as many failures are told.
const failuresOfAKind = 20

// What can become of a request besides the right answer in time.
const (
	failed      = "failed"      // no connection, no answer, or none of ours
	reset       = "reset"       // the connection was ended by someone else
	misdirected = "misdirected" // a server answered that must not
	stalled     = "stalled"     // answered, but too late
)

// counts of one flow; requests may end at the same time.
type counts struct {
	servers  map[string]bool // who may answer
	affinity bool
	stall    time.Duration

	mu          sync.Mutex
	requests    int
	connections int
	kinds       map[string]int
	answers     map[string]int
	failures    []failure
	slowest     time.Duration
	open        openCalls
	affine      string // who answered first, with affinity
}

func newCounts(servers map[string]bool, affinity bool, stall time.Duration) *counts {
	return &counts{
		servers: servers, affinity: affinity, stall: stall,
		kinds: map[string]int{}, answers: map[string]int{}, failures: []failure{}, open: newOpenCalls(),
	}
}

// request makes one and counts what becomes of it. Of an established connection bound is who must
// answer; it is empty for a new one. Tells who answered, and whether anyone did.
func (c *counts) request(bound string, ask func() (answer, error)) (string, bool) {
	start := time.Now()
	c.mu.Lock()
	number := c.open.add(start)
	c.mu.Unlock()

	got, err := ask()

	c.mu.Lock()
	defer c.mu.Unlock()
	c.open.end(number)
	c.requests++
	took := time.Since(start)
	if err != nil {
		c.failure(kindOfFailure(err), innermost(err), start)
		return "", false
	}
	c.answers[got.hostname]++
	c.slowest = max(c.slowest, took)
	if wrong := c.wrong(bound, got.hostname); wrong != "" {
		c.failure(misdirected, wrong, start)
	} else if took > c.stall {
		c.failure(stalled, fmt.Sprintf("the answer took %d ms", took.Milliseconds()), start)
	}
	if c.affinity {
		c.affine = got.hostname // so that one move is counted once
	}
	return got.hostname, true
}

func (c *counts) wrong(bound, server string) string {
	switch {
	case !c.servers[server]:
		return server + " answered, which is no server of this Service"
	case bound != "" && bound != server:
		return server + " answered on a connection to " + bound
	case c.affine != "" && c.affine != server:
		return server + " answered in place of " + c.affine
	default:
		return ""
	}
}

func (c *counts) connected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connections++
}

func (c *counts) failure(kind, text string, at time.Time) {
	c.kinds[kind]++
	if c.kinds[kind] <= failuresOfAKind {
		c.failures = append(c.failures, failure{millis(at), kind, text})
	}
}

func kindOfFailure(err error) string {
	if kind(err) == "reset" {
		return reset
	}
	return failed
}

func (c *counts) MarshalJSON() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return json.Marshal(struct {
		Requests    int            `json:"requests"`
		Connections int            `json:"connections"`
		Failed      int            `json:"failed"`
		Reset       int            `json:"reset"`
		Misdirected int            `json:"misdirected"`
		Stalled     int            `json:"stalled"`
		Answers     map[string]int `json:"answers"`
		Slowest     int64          `json:"slowestMillis"`
		Failures    []failure      `json:"failures"`
		Open        string         `json:"oldestOpen"`
	}{
		c.requests, c.connections, c.kinds[failed], c.kinds[reset], c.kinds[misdirected], c.kinds[stalled],
		maps.Clone(c.answers), c.slowest.Milliseconds(), c.failures, c.open.oldest(),
	})
}
