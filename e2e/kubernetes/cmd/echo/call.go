package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// caller makes one call over a connection of its own.
type caller struct {
	target  string
	path    string
	udp     bool
	timeout time.Duration
	// With the same source port a later call meets the conntrack entry of an earlier one.
	keepSource bool
	source     net.Addr
}

// common declares the flags that call and run share.
func (c *caller) common(flags *flag.FlagSet) {
	flags.DurationVar(&c.timeout, "timeout", time.Second, "longest time a call may take")
	flags.BoolVar(&c.udp, "udp", false, "send a datagram instead of an HTTP request")
	flags.StringVar(&c.path, "path", "/", "path of the HTTP request")
}

func call(ctx context.Context, args []string, out io.Writer) error {
	var c caller
	flags := flag.NewFlagSet("call", flag.ExitOnError)
	c.common(flags)
	count := flags.Int("count", 1, "number of calls")
	interval := flags.Duration("interval", 0, "pause between two calls")
	sourcePort := flags.String("source-port-new", "always", "always, or never: every datagram from the port of the first")
	flags.Parse(args)
	if flags.NArg() != 1 {
		return errors.New("call needs exactly one HOST:PORT")
	}
	c.target = flags.Arg(0)
	c.keepSource = *sourcePort == "never"
	if c.keepSource && !c.udp {
		return errors.New("--source-port-new never is for --udp: a closed TCP connection keeps its port for a while")
	}

	totals := newTotals()
	for made := 0; made < *count && ctx.Err() == nil; made++ {
		if made > 0 {
			pause(ctx, *interval)
		}
		c.count(totals)
	}
	return json.NewEncoder(out).Encode(totals)
}

func pause(ctx context.Context, length time.Duration) {
	select {
	case <-time.After(length):
	case <-ctx.Done():
	}
}

func (c *caller) count(totals *totals) {
	start := time.Now()
	defer totals.begin(start)()
	got, err := c.call()
	if err != nil {
		totals.failedWith(err, start)
		return
	}
	totals.answered(got, time.Since(start))
}

func (c *caller) call() (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	if c.udp {
		return c.callUDP(ctx)
	}
	return c.callHTTP(ctx)
}

func (c *caller) callHTTP(ctx context.Context) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.target+c.path, nil)
	if err != nil {
		return answer{}, err
	}
	response, err := oneConnectionPerCall.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	return answerOf(response)
}

// answerOf reads a response to its end.
func answerOf(response *http.Response) (answer, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("status %d", response.StatusCode)
	}
	return parse(string(body))
}

var oneConnectionPerCall = &http.Transport{DisableKeepAlives: true}

func (c *caller) callUDP(ctx context.Context) (answer, error) {
	dialer := net.Dialer{LocalAddr: c.source}
	socket, err := dialer.DialContext(ctx, "udp", c.target)
	if err != nil {
		return answer{}, err
	}
	defer socket.Close()
	if c.keepSource {
		c.source = socket.LocalAddr()
	}
	deadline, _ := ctx.Deadline()
	return askDatagram(socket, deadline)
}

func askDatagram(socket net.Conn, deadline time.Time) (answer, error) {
	if err := socket.SetDeadline(deadline); err != nil {
		return answer{}, err
	}
	if _, err := socket.Write([]byte("who answers?")); err != nil {
		return answer{}, err
	}
	datagram := make([]byte, 2048)
	n, err := socket.Read(datagram)
	if err != nil {
		return answer{}, err
	}
	return parse(string(datagram[:n]))
}

func parse(line string) (answer, error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return answer{}, fmt.Errorf("not an answer of echo: %.80q", line)
	}
	remote, _, err := net.SplitHostPort(fields[2])
	if err != nil {
		return answer{}, err
	}
	return answer{fields[0], remote}, nil
}
