//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"heapprof/internal/procfs"
)

// nginx is nginx with two workers, that serves files, compressed too, by way of a proxy in itself. It is attached to the workers and their master.
func nginx() subject {
	return subject{name: "nginx", start: startNginx}
}

const nginxConfig = `daemon off;
worker_processes 2;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
%[3]s
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	gzip on;
	gzip_min_length 100;
	gzip_types *;
	server {
		listen 127.0.0.1:%[2]d;
		root %[1]s/files;
		location /by/ { proxy_pass http://127.0.0.1:%[2]d/; proxy_buffering on; }
	}
}
`

// nginxSizes are the sizes of the files that are served, in bytes.
var nginxSizes = []int{1, 90, 4000, 70_000, 400_000}

func startNginx(ctx context.Context, w *workshop) (*running, error) {
	server, err := exec.LookPath("nginx")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(w.dir, "files"), 0o755); err != nil {
		return nil, err
	}
	for i, size := range nginxSizes {
		if err := os.WriteFile(filepath.Join(w.dir, "files", strconv.Itoa(i)), filler(i).text(size), 0o644); err != nil {
			return nil, err
		}
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	config := filepath.Join(w.dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, w.dir, port, user), 0o644); err != nil {
		return nil, err
	}
	p, err := launch(exec.Command(server, "-c", config, "-p", w.dir, "-e", filepath.Join(w.dir, "error.log")), w.dir)
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
		conn.Close()
		return &webClient{
			http: &http.Client{Timeout: answerPatience, Transport: &http.Transport{MaxIdleConnsPerHost: 2}}, answers: a,
			request: func(n int) (string, func([]byte) error) {
				n += i
				file := n % len(nginxSizes)
				way := []string{"/", "/by/"}[n/len(nginxSizes)%2]
				return "http://" + address + way + strconv.Itoa(file), equals(filler(file).text(nginxSizes[file]))
			},
		}, nil
	})
	if err != nil {
		p.cmd.Process.Kill()
		return nil, err
	}
	pids := []int{}
	for _, worker := range procfs.Process(p.pid()).Children() {
		pids = append(pids, int(worker))
	}
	return &running{pids: append(pids, p.pid()), answers: a, end: func() error {
		c.end()
		return p.signal(syscall.SIGQUIT)
	}}, nil
}

// webClient asks a server by HTTP.
type webClient struct {
	http    *http.Client
	answers *answers
	// request returns the n-th request, and what tells whether its answer is right.
	request func(n int) (url string, right func([]byte) error)
}

func (c *webClient) close() { c.http.CloseIdleConnections() }

func (c *webClient) ask(n int) error {
	url, right := c.request(n)
	response, err := c.http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		c.answers.bad("%s: %s", url, response.Status)
	} else if err := right(body); err != nil {
		c.answers.bad("%s: %v", url, err)
	} else {
		c.answers.good(1)
	}
	return nil
}

// equals returns what tells whether an answer is what is wanted.
func equals(want []byte) func([]byte) error {
	return func(got []byte) error {
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%d bytes, not the %d that were wanted: %.40q", len(got), len(want), got)
		}
		return nil
	}
}

// settled waits a moment for a program that has been started to have started all of its own.
func settled() { time.Sleep(300 * time.Millisecond) }
