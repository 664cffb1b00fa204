package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"reflect"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestTotalsTellWhoAnsweredAndWhatFailed(t *testing.T) {
	totals := newTotals()
	for i := 1; i <= 100; i++ {
		totals.answered(answer{fmt.Sprintf("pod-%d", i%2), "10.0.0.1"}, time.Duration(i)*time.Millisecond)
	}
	at := time.Date(2026, 5, 4, 3, 2, 1, 7_000_000, time.UTC)
	totals.failedWith(dialError(syscall.ECONNREFUSED), at)

	got := written(t, totals)
	want := map[string]any{
		"calls": 101.0, "failed": 1.0,
		"errors":    map[string]any{"connection refused": 1.0},
		"answers":   map[string]any{"pod-0": 50.0, "pod-1": 50.0},
		"remotes":   map[string]any{"10.0.0.1": 100.0},
		"p50Micros": 50000.0, "p99Micros": 99000.0,
		"failures":   []any{map[string]any{"time": "2026-05-04T03:02:01.007Z", "kind": "refused", "text": "connection refused"}},
		"oldestOpen": "",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestTotalsOfNothingAreZeroAndNotNull(t *testing.T) {
	text, err := json.Marshal(newTotals())
	want := `{"calls":0,"failed":0,"errors":{},"answers":{},"remotes":{},"p50Micros":0,"p99Micros":0,"failures":[],"oldestOpen":""}`
	if err != nil || string(text) != want {
		t.Errorf("got  %s %v\nwant %s", text, err, want)
	}
}

func TestTheOldestOpenCallIsTold(t *testing.T) {
	totals := newTotals()
	at := time.Date(2026, 5, 4, 3, 2, 1, 7_000_000, time.UTC)
	totals.begin(at.Add(time.Second))
	endOldest := totals.begin(at)
	if got := written(t, totals)["oldestOpen"]; got != "2026-05-04T03:02:01.007Z" {
		t.Errorf("got %v", got)
	}
	endOldest()
	if got := written(t, totals)["oldestOpen"]; got != "2026-05-04T03:02:02.007Z" {
		t.Errorf("after it ended: %v", got)
	}
}

func TestOnlyTheFirstFailuresAreListedButAllAreCounted(t *testing.T) {
	totals := newTotals()
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() { totals.failedWith(os.ErrDeadlineExceeded, time.Now()) })
	}
	calls.Wait()

	got := written(t, totals)
	if got["failed"] != 50.0 || len(got["failures"].([]any)) != failuresListed {
		t.Errorf("got %v", got)
	}
}

func TestAFailureHasAKindAndATextWithoutPorts(t *testing.T) {
	for _, c := range []struct {
		err        error
		kind, text string
	}{
		{dialError(syscall.ECONNREFUSED), "refused", "connection refused"},
		{dialError(syscall.ECONNRESET), "reset", "connection reset by peer"},
		{&url.Error{Op: "Get", URL: "http://a:1/", Err: io.EOF}, "reset", "EOF"},
		{dialError(os.ErrDeadlineExceeded), "timeout", "timeout"},
		{dialError(syscall.ENETUNREACH), "other", "network is unreachable"},
		{errors.New("status 503"), "other", "status 503"},
	} {
		if kind(c.err) != c.kind || innermost(c.err) != c.text {
			t.Errorf("%v: got %q %q", c.err, kind(c.err), innermost(c.err))
		}
	}
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	three := []time.Duration{1, 2, 3}
	for percent, want := range map[int]time.Duration{1: 1, 33: 1, 34: 2, 50: 2, 67: 3, 99: 3, 100: 3} {
		if got := percentile(three, percent); got != want {
			t.Errorf("p%d: got %d, want %d", percent, got, want)
		}
	}
}

func dialError(inner error) error {
	if number, ok := inner.(syscall.Errno); ok {
		inner = os.NewSyscallError("connect", number)
	}
	return &net.OpError{Op: "dial", Net: "tcp", Source: &net.TCPAddr{Port: 40001}, Err: inner}
}

func written(t *testing.T, totals *totals) map[string]any {
	t.Helper()
	text, err := json.Marshal(totals)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}
