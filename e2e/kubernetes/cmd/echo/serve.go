package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	tcp := flags.Int("tcp", 8080, "port of HTTP")
	udp := flags.Int("udp", 8080, "port of UDP")
	flags.Parse(args)
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{Port: *tcp})
	if err != nil {
		return err
	}
	datagrams, err := listenUDP(*udp)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: answers(hostname)}
	ended := make(chan error, 2)
	var running sync.WaitGroup
	running.Go(func() { ended <- server.Serve(listener) })
	running.Go(func() { ended <- answerDatagrams(datagrams, hostname) })
	select {
	case err = <-ended:
	case <-ctx.Done():
		finish, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		err = server.Shutdown(finish)
	}
	server.Close()
	datagrams.Close()
	running.Wait()
	return err
}

func line(hostname string, local, remote any) string {
	return fmt.Sprintf("%s %v %v\n", hostname, local, remote)
}

func answers(hostname string) http.Handler {
	answer := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, line(hostname, r.Context().Value(http.LocalAddrContextKey), r.RemoteAddr))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", answer)
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		millis, err := strconv.Atoi(r.FormValue("ms"))
		if err != nil {
			http.Error(w, "ms must be a number", http.StatusBadRequest)
			return
		}
		select {
		case <-time.After(time.Duration(millis) * time.Millisecond):
			answer(w, r)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

const (
	recvPktInfo     = 49 // IPV6_RECVPKTINFO
	pktInfo         = 50 // IPV6_PKTINFO
	pktInfoAddress  = 16
	pktInfoComplete = 20
)

// listenUDP asks for the address each datagram was sent to: a socket bound to [::] knows it only
// from the ancillary data, and an answer from any other address would be dropped by the client.
func listenUDP(port int) (*net.UDPConn, error) {
	var optionErr error
	config := net.ListenConfig{Control: func(_, _ string, socket syscall.RawConn) error {
		return errors.Join(socket.Control(func(fd uintptr) {
			optionErr = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, recvPktInfo, 1)
		}), optionErr)
	}}
	socket, err := config.ListenPacket(context.Background(), "udp", fmt.Sprintf("[::]:%d", port))
	if err != nil {
		return nil, err
	}
	return socket.(*net.UDPConn), nil
}

func answerDatagrams(socket *net.UDPConn, hostname string) error {
	port := socket.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	datagram, ancillary := make([]byte, 2048), make([]byte, 256)
	for {
		_, n, _, remote, err := socket.ReadMsgUDPAddrPort(datagram, ancillary)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			continue // an ICMP error for an earlier answer
		}
		info := destination(ancillary[:n])
		if info == nil {
			continue
		}
		address, _ := netip.AddrFromSlice(info[:pktInfoAddress])
		local := netip.AddrPortFrom(address.Unmap(), port)
		from := netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
		clear(info[pktInfoAddress:]) // the routing table decides which interface the answer takes
		socket.WriteMsgUDPAddrPort([]byte(line(hostname, local, from)), ancillary[:n], remote)
	}
}

// destination is a part of the ancillary data, not a copy.
func destination(ancillary []byte) []byte {
	messages, err := syscall.ParseSocketControlMessage(ancillary)
	if err != nil {
		return nil
	}
	for _, message := range messages {
		if message.Header.Level == syscall.IPPROTO_IPV6 && message.Header.Type == pktInfo && len(message.Data) >= pktInfoComplete {
			return message.Data[:pktInfoComplete]
		}
	}
	return nil
}
