package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// rated returns the command line of a program that writes how many operations it did in a
// second, as "N operations per second".
func rated(line commandLine) commandLine {
	return func(work string, args []string) (command, error) {
		c, err := line(work, args)
		c.rate = func(said []byte) (float64, error) {
			// Some tools write to standard output as well.
			before, _, found := strings.Cut(string(said), " operations per second")
			words := strings.Fields(before)
			if !found || len(words) == 0 {
				return 0, fmt.Errorf("it tells no throughput: %.80q", said)
			}
			return strconv.ParseFloat(words[len(words)-1], 64)
		}
		return c, err
	}
}

// redis is redis-server on a port of its own, keeping nothing on disk, with redis-benchmark for
// its client. args are those of redis-benchmark, the first the count of each kind of request.
func redis(_ string, args []string) (command, error) {
	server, err := exec.LookPath("redis-server")
	if err != nil {
		return command{}, err
	}
	benchmark, err := exec.LookPath("redis-benchmark")
	if err != nil {
		return command{}, err
	}
	address, err := freePort()
	if err != nil {
		return command{}, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return command{}, err
	}
	// A hundred thousand keys: most of what is set replaces what was set before.
	load := append([]string{benchmark, "-h", host, "-p", port, "--csv", "-t", "set,get,lpush", "-r", "100000", "-n"}, args...)
	return command{
		argv: []string{server, "--bind", host, "--port", port, "--save", "", "--appendonly", "no"},
		client: func(ctx context.Context) ([]byte, error) {
			return loadRedis(ctx, address, load)
		},
		rate: redisRate,
	}, nil
}

// freePort returns an address on which nothing listens.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// loadRedis waits until a server answers at the address, runs the client load, and has the
// server end. It returns what the client wrote.
func loadRedis(ctx context.Context, address string, load []string) ([]byte, error) {
	conn, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	said, err := exec.CommandContext(ctx, load[0], load[1:]...).Output()
	if err != nil {
		return nil, fmt.Errorf("redis-benchmark: %w", err)
	}
	_, err = conn.Write([]byte("SHUTDOWN NOSAVE\r\n"))
	return said, err
}

// dial connects to a server that is just being started.
func dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("nothing answers: %w", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// redisRate returns the requests per second over all kinds of them, of each of which there were
// as many. What redis-benchmark --csv writes has a line a kind; the second column is its rate.
func redisRate(said []byte) (float64, error) {
	lines, err := csv.NewReader(strings.NewReader(string(said))).ReadAll()
	if err != nil {
		return 0, err
	}
	if len(lines) < 2 {
		return 0, errors.New("redis-benchmark tells no throughput")
	}
	seconds := 0.0 // for one request of each kind
	for _, line := range lines[1:] {
		rate, err := strconv.ParseFloat(line[1], 64)
		if err != nil || !(rate > 0) {
			return 0, fmt.Errorf("redis-benchmark: %q is no rate", line[1])
		}
		seconds += 1 / rate
	}
	return float64(len(lines)-1) / seconds, nil
}
