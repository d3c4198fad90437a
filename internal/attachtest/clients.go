//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// clients are goroutines that ask a server until they are stopped.
type clients struct {
	stop context.CancelFunc
	all  sync.WaitGroup
}

// client asks once, or a few times: it is called again and again with the same connection. An answer that is wrong it counts
// itself; its error ends the client, and is a wrong answer.
type client interface {
	ask(n int) error
	close()
}

// startClients starts clients, each on a connection that connect makes, which is told its number.
func startClients(ctx context.Context, count int, rest time.Duration, a *answers, connect func(i int) (client, error)) (*clients, error) {
	ctx, stop := context.WithCancel(ctx)
	c := &clients{stop: stop}
	for i := range count {
		one, err := connect(i)
		if err != nil {
			c.end()
			return nil, err
		}
		c.all.Go(func() {
			defer one.close()
			for n := 0; ctx.Err() == nil; n++ {
				if err := one.ask(n); err != nil {
					a.bad("client %d, request %d: %v", i, n, err)
					return
				}
				time.Sleep(rest)
			}
		})
	}
	return c, nil
}

// end stops all clients and waits for them.
func (c *clients) end() {
	c.stop()
	c.all.Wait()
}

// answerPatience is how long an answer may take. A client that waits longer takes the server for one that hangs.
const answerPatience = 60 * time.Second

// dial connects to a server that is just being started.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, 60*time.Second)
	defer stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("nothing answers: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freePort returns a port of the loopback address on which nothing listens.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// filler makes texts that depend on nothing but numbers, so that an answer can be told to be right without having been kept.
type filler uint64

// text returns n bytes, the same for equal numbers.
func (f filler) text(n int) []byte {
	out := make([]byte, n)
	x := uint64(f)*0x9e3779b97f4a7c15 + 1
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = 'a' + byte(x>>56)%26
	}
	return out
}
