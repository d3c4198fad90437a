//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// redis is redis-server with clients that set, get and delete values in pipelines, and one that now and then has it fork to save
// what it has.
func redis() subject {
	return subject{name: "redis-server", steady: true, start: startRedis}
}

func startRedis(ctx context.Context, w *workshop) (*running, error) {
	server, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p, err := launch(exec.Command(server, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--save", "", "--appendonly", "no",
		"--dir", w.dir, "--io-threads", "2", "--io-threads-do-reads", "yes"), w.dir)
	if err != nil {
		return nil, err
	}
	a := &answers{}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	c, err := startClients(ctx, 3, w.rest, a, func(i int) (client, error) {
		conn, err := dial(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return &redisClient{number: i, conn: conn, in: bufio.NewReader(conn), answers: a}, nil
	})
	if err != nil {
		p.cmd.Process.Kill()
		return nil, err
	}
	return &running{pids: []int{p.pid()}, answers: a, end: func() error {
		c.end()
		return p.signal(syscall.SIGTERM)
	}}, nil
}

// redisClient is a connection that speaks RESP, redis's protocol. All its keys have its number in them.
type redisClient struct {
	number  int
	conn    net.Conn
	in      *bufio.Reader
	answers *answers
	out     bytes.Buffer
	want    []string
}

func (c *redisClient) close() { c.conn.Close() }

// send puts a command into the pipeline, with the answer that it must have: "" stands for nil, and "*" for any.
func (c *redisClient) send(want string, words ...string) {
	fmt.Fprintf(&c.out, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&c.out, "$%d\r\n%s\r\n", len(word), word)
	}
	c.want = append(c.want, want)
}

func (c *redisClient) ask(n int) error {
	c.out.Reset()
	c.want = c.want[:0]
	const keys = 500
	for i := range 24 {
		k := n*24 + i
		key := fmt.Sprintf("%d:%d", c.number, k%keys)
		value := string(filler(c.number*1_000_003 + k).text(10 + k*k%3000))
		c.send("OK", "SET", key, value)
		c.send(value, "GET", key)
		c.send(strconv.Itoa(len(value)+3), "APPEND", key, "end")
		if k%3 == 0 {
			c.send("1", "UNLINK", key)
			c.send("", "GET", key)
		}
	}
	list := fmt.Sprintf("list:%d", c.number)
	c.send("*", "DEL", list)
	for i := range 8 {
		c.send(strconv.Itoa(i+1), "RPUSH", list, string(filler(n+i).text(40)))
	}
	c.send(string(filler(n+5).text(40)), "LINDEX", list, "5")
	c.send("3", "EVAL", "local t = {} for i = 1, 100 do t[i] = i .. 'x' end return 3", "0")
	if c.number == 0 && n%200 == 100 {
		c.send("*", "BGSAVE") // a fork
	}
	c.conn.SetDeadline(time.Now().Add(answerPatience))
	if _, err := c.conn.Write(c.out.Bytes()); err != nil {
		return err
	}
	right := uint64(0)
	for i, want := range c.want {
		got, err := c.answer()
		if err != nil {
			return err
		}
		if got != want && want != "*" {
			c.answers.bad("redis: answer %d of %d is %.60q, not %.60q", i, len(c.want), got, want)
		} else {
			right++
		}
	}
	c.answers.good(right)
	return nil
}

// answer reads one answer. Of an error it returns the text.
func (c *redisClient) answer() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	if len(line) < 3 {
		return "", errors.New("an empty answer")
	}
	kind, rest := line[0], line[1:len(line)-2]
	if kind != '$' {
		return rest, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 {
		return "", err
	}
	text := make([]byte, n+2)
	_, err = io.ReadFull(c.in, text)
	return string(text[:n]), err
}
