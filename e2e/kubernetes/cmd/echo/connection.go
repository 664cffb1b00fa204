package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// connection can be asked again and again.
type connection interface {
	ask(timeout time.Duration) (answer, error)
	io.Closer
}

func connect(f flow, timeout time.Duration) (connection, error) {
	network := "tcp"
	if f.udp {
		network = "udp"
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var dialer net.Dialer
	socket, err := dialer.DialContext(ctx, network, f.target)
	if err != nil {
		return nil, err
	}
	if f.udp {
		return udpConnection{socket}, nil
	}
	return tcpConnection{socket, bufio.NewReader(socket)}, nil
}

type tcpConnection struct {
	net.Conn
	answers *bufio.Reader
}

func (c tcpConnection) ask(timeout time.Duration) (answer, error) {
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return answer{}, err
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: echo\r\n\r\n"); err != nil {
		return answer{}, err
	}
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return answer{}, err
	}
	return answerOf(response)
}

// udpConnection keeps its port, so that conntrack knows the flow.
type udpConnection struct{ net.Conn }

func (c udpConnection) ask(timeout time.Duration) (answer, error) {
	return askDatagram(c, time.Now().Add(timeout))
}
