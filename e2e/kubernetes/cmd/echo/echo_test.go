package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

func TestCallsReachTheServer(t *testing.T) {
	port := startServer(t)
	hostname, _ := os.Hostname()
	for name, c := range map[string]struct {
		host string
		args []string
	}{
		"TCP over IPv4":                {"127.0.0.1", nil},
		"TCP over IPv6":                {"::1", nil},
		"UDP over IPv4":                {"127.0.0.1", []string{"--udp"}},
		"UDP over IPv6":                {"::1", []string{"--udp"}},
		"UDP to another own address":   {"127.0.0.2", []string{"--udp"}},
		"UDP from the same port again": {"127.0.0.1", []string{"--udp", "--source-port-new", "never"}},
		"a slow answer":                {"127.0.0.1", []string{"--path", "/slow?ms=20"}},
	} {
		t.Run(name, func(t *testing.T) {
			target := net.JoinHostPort(c.host, fmt.Sprint(port))
			var out bytes.Buffer
			if err := call(t.Context(), append(c.args, "--count", "3", target), &out); err != nil {
				t.Fatal(err)
			}
			var got struct {
				Calls, Failed    int
				Answers, Remotes map[string]int
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Calls != 3 || got.Failed != 0 || got.Answers[hostname] != 3 || len(got.Remotes) != 1 {
				t.Errorf("got %s", out.String())
			}
		})
	}
}

func TestRunCountsUntilItIsStopped(t *testing.T) {
	port := startServer(t)
	alive, dead := fmt.Sprintf("127.0.0.1:%d", port), "127.0.0.1:1"
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var out bytes.Buffer

	if err := run(ctx, []string{"--interval", "10ms", alive, dead}, &out); err != nil {
		t.Fatal(err)
	}

	var got map[string]struct{ Calls, Failed int }
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got[alive].Calls == 0 || got[alive].Failed != 0 || got[dead].Failed == 0 || got[dead].Failed != got[dead].Calls {
		t.Errorf("got %s", out.String())
	}
}

func startServer(t *testing.T) int {
	t.Helper()
	free, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	ended := make(chan error)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		ended <- serve(ctx, []string{"--tcp", fmt.Sprint(port), "--udp", fmt.Sprint(port)})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if probe, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			probe.Close()
			return port
		}
	}
	t.Fatal("the server did not start")
	return 0
}
