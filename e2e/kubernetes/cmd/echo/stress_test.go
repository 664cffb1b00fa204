package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestEveryFlowOfAGoodServiceIsCountedAsGood(t *testing.T) {
	port := startServer(t)
	hostname, _ := os.Hostname()
	var flows []string
	for _, host := range []string{"127.0.0.1", "::1"} {
		for _, kind := range []string{"tcp/short", "tcp/long", "udp/short", "udp/long", "tcp/short/affinity", "udp/short/affinity"} {
			flows = append(flows, kind+"="+net.JoinHostPort(host, fmt.Sprint(port)))
		}
	}
	for flow, got := range stressed(t, time.Second, append([]string{"--servers", "other," + hostname}, flows...)...) {
		if got.bad() || got.Requests < 3 || got.Answers[hostname] != got.Requests || got.Open != "" {
			t.Errorf("%s: %+v", flow, got)
		}
		if long := strings.Contains(flow, "long"); long && got.Connections != 2 || !long && got.Connections != got.Requests {
			t.Errorf("%s: %d connections for %d requests", flow, got.Connections, got.Requests)
		}
	}
}

func TestALongConnectionEndsWithItsLifeButTheFirstStays(t *testing.T) {
	target := fmt.Sprintf("127.0.0.1:%d", startServer(t))
	hostname, _ := os.Hostname()
	args := []string{"--servers", hostname, "--life", "50ms", "tcp/long=" + target}
	if got := only(stressed(t, time.Second, args...)); got.bad() || got.Connections < 3 {
		t.Errorf("%+v", got)
	}
	if got := only(stressed(t, time.Second, append([]string{"--connections", "1"}, args...)...)); got.bad() || got.Connections != 1 {
		t.Errorf("the only one: %+v", got)
	}
}

func TestEachFailureIsCountedByItsKind(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		option  string
		flow    string
		kind    string
		text    string
	}{
		"a reset": {func(w http.ResponseWriter, r *http.Request) {
			socket, _, _ := w.(http.Hijacker).Hijack()
			socket.(*net.TCPConn).SetLinger(0)
			socket.Close()
		}, "", "tcp/long", reset, "connection reset by peer"},
		"an end without an answer": {func(w http.ResponseWriter, r *http.Request) {
			socket, _, _ := w.(http.Hijacker).Hijack()
			socket.Close()
		}, "", "tcp/short", reset, "EOF"},
		"a Pod of another Service":    {saying("stranger"), "", "tcp/long", misdirected, "stranger answered, which is no server of this Service"},
		"another Pod on a connection": {turns("a", "b"), "", "tcp/long", misdirected, " answered on a connection to "},
		"lost affinity":               {turns("a", "b"), "", "tcp/short/affinity", misdirected, " answered in place of "},
		"a late answer": {func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(100 * time.Millisecond)
			saying("a")(w, r)
		}, "--stall=50ms", "tcp/long", stalled, "the answer took 1"},
		"no answer":      {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "--timeout=100ms", "tcp/short", failed, "timeout"},
		"another status": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }, "", "tcp/long", failed, "status 503"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			target := server.Listener.Addr().String()
			got := only(stressed(t, time.Second, "--servers", "a,b", "--connections", "1", cmp.Or(c.option, "--timeout=15s"), c.flow+"="+target))
			counted := map[string]int{failed: got.Failed, reset: got.Reset, misdirected: got.Misdirected, stalled: got.Stalled}
			for kind, number := range counted {
				if (number > 0) != (kind == c.kind) {
					t.Errorf("%s: %d in %+v", kind, number, got)
				}
			}
			if len(got.Failures) == 0 || got.Failures[0].Kind != c.kind || !strings.Contains(got.Failures[0].Text, c.text) {
				t.Errorf("got %+v", got.Failures)
			}
		})
	}
}

func TestWithoutAffinityAnyServerMayAnswer(t *testing.T) {
	server := httptest.NewServer(turns("a", "b"))
	defer server.Close()
	got := only(stressed(t, time.Second, "--servers", "a,b", "tcp/short="+server.Listener.Addr().String()))
	if got.bad() || got.Answers["a"] == 0 || got.Answers["b"] == 0 {
		t.Errorf("%+v", got)
	}
}

func TestAMoveOfAffinityIsCountedOnce(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= 3 {
			saying("a")(w, r)
		} else {
			saying("b")(w, r)
		}
	}))
	defer server.Close()
	got := only(stressed(t, time.Second, "--servers", "a,b", "tcp/short/affinity="+server.Listener.Addr().String()))
	if got.Misdirected != 1 || got.Answers["b"] < 2 {
		t.Errorf("%+v", got)
	}
}

func TestALostDatagramHasFailed(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for _, life := range []string{"short", "long"} {
		got := only(stressed(t, 200*time.Millisecond, "--servers", "a", "--timeout", "30ms", "udp/"+life+"="+socket.LocalAddr().String()))
		if got.Failed == 0 || got.Failed != got.Requests || got.Failures[0].Text != "timeout" {
			t.Errorf("%s: %+v", life, got)
		}
	}
}

func TestOnlyTheFirstFailuresOfAKindAreTold(t *testing.T) {
	c := newCounts(map[string]bool{"a": true}, false, time.Second)
	for range 30 {
		c.request("", func() (answer, error) { return answer{"b", ""}, nil })
	}
	c.request("", func() (answer, error) { return answer{}, os.ErrDeadlineExceeded })
	if c.kinds[misdirected] != 30 || len(c.failures) != failuresOfAKind+1 || c.failures[failuresOfAKind].Kind != failed {
		t.Errorf("%v %v", c.kinds, c.failures)
	}
}

func TestAFlowThatCannotBeMeantIsRefused(t *testing.T) {
	for _, text := range []string{"tcp=a:1", "tcp/short", "tcp/short=", "sctp/short=a:1", "tcp/brief=a:1", "udp/long/sticky=a:1", "udp/long/affinity/x=a:1"} {
		if f, err := parseFlow(text); err == nil {
			t.Errorf("%s: %+v", text, f)
		}
	}
}

type stressCounts struct {
	Requests, Connections, Failed, Reset, Misdirected, Stalled int
	Answers                                                    map[string]int
	Failures                                                   []failure
	Open                                                       string `json:"oldestOpen"`
}

func (s stressCounts) bad() bool { return s.Failed+s.Reset+s.Misdirected+s.Stalled+len(s.Failures) > 0 }

func stressed(t *testing.T, length time.Duration, args ...string) map[string]stressCounts {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var out bytes.Buffer
	if err := stress(ctx, append([]string{"--interval", "10ms"}, args...), &out); err != nil {
		t.Fatal(err)
	}
	var got map[string]stressCounts
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func only(all map[string]stressCounts) stressCounts {
	for _, one := range all {
		return one
	}
	return stressCounts{}
}

func saying(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, line(name, r.Context().Value(http.LocalAddrContextKey), r.RemoteAddr))
	}
}

func turns(names ...string) http.HandlerFunc {
	var asked atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		saying(names[int(asked.Add(1))%len(names)])(w, r)
	}
}
