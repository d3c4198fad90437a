//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"heapprof/internal/testkit/fixture"
)

// script returns the path of a file beside this one.
func script(w *workshop, name string) string {
	return filepath.Join(w.root, "internal", "attachtest", "testdata", name)
}

// python is python3 with threads that compute, compress, throw, use a database and start programs: once with its own allocator, and once with malloc for everything.
func python() subject {
	return tellers(subject{name: "python3"}, func(w *workshop) ([][]string, error) {
		program, err := pythonProgram()
		line := []string{program, script(w, "works.py"), restArgument(w.rest)}
		return [][]string{line, append([]string{"PYTHONMALLOC=malloc"}, line...)}, err
	})
}

// pythonProgram returns the path of the interpreter itself: what is found may be a script that looks for one.
func pythonProgram() (string, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return "", err
	}
	real, err := exec.Command(path, "-c", "import sys; print(sys.executable, end='')").Output()
	return string(real), err
}

// java is a JVM with threads that throw, overflow their stacks, collect garbage, use memory of the C library's and come and go.
func java() subject {
	return tellers(subject{name: "java", jit: true}, func(w *workshop) ([][]string, error) {
		program, err := exec.LookPath("java")
		if err != nil {
			return nil, err
		}
		// What is found may be a link, or a script.
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
		compiler, err := exec.LookPath("javac")
		if err != nil {
			return nil, err
		}
		if text, err := exec.Command(compiler, "-d", w.dir, script(w, "Works.java")).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("javac: %w\n%s", err, text)
		}
		return [][]string{{program, "-Xmx48m", "-Xss512k", "-cp", w.dir, "Works", restArgument(w.rest)}}, nil
	})
}

// node is a server on Node that answers in JSON, with worker threads, compression and buffers.
func node() subject {
	return subject{name: "node", jit: true, start: func(ctx context.Context, w *workshop) (*running, error) {
		program, err := exec.LookPath("node")
		if err != nil {
			return nil, err
		}
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		return serve(ctx, w, exec.Command(program, script(w, "server.js"), strconv.Itoa(port)), port)
	}}
}

// tokio is a server in Rust on tokio, of several threads.
func tokio() subject {
	return subject{name: "tokio", start: func(ctx context.Context, w *workshop) (*running, error) {
		program, err := tokioServer(w)
		if err != nil {
			return nil, err
		}
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		return serve(ctx, w, exec.Command(program, strconv.Itoa(port)), port)
	}}
}

// tokioServer builds the server, whose packages come from cargo's registry.
func tokioServer(w *workshop) (string, error) {
	source := filepath.Join(w.root, "testdata", "programs", "tokio_server")
	key, err := fixture.Key([]string{"cargo", "rustc"}, []string{source})
	if err != nil {
		return "", err
	}
	dir, err := fixture.Keep(key, func(dir string) error {
		cargo := exec.Command("cargo", "build", "--release", "--locked", "--quiet", "--target-dir", filepath.Join(dir, "target"))
		cargo.Dir = source
		if text, err := cargo.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cargo, err, text)
		}
		if err := os.Rename(filepath.Join(dir, "target", "release", "tokio_server"), filepath.Join(dir, "tokio_server")); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "target"))
	})
	return filepath.Join(dir, "tokio_server"), err
}

// serve starts a server that answers "/work?n=N" with what work says, and clients for it.
func serve(ctx context.Context, w *workshop, cmd *exec.Cmd, port int) (*running, error) {
	p, err := launch(cmd, w.dir)
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
			http: &http.Client{Timeout: answerPatience, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}, answers: a,
			request: func(n int) (string, func([]byte) error) {
				n = n*3 + i
				return fmt.Sprintf("http://%s/work?n=%d", address, n), isWork(n)
			},
		}, nil
	})
	if err != nil {
		p.cmd.Process.Kill()
		return nil, fmt.Errorf("%w\n%s", err, last(filepath.Join(w.dir, filepath.Base(cmd.Path)+".log")))
	}
	return &running{pids: []int{p.pid()}, answers: a, end: func() error {
		c.end()
		return p.signal(syscall.SIGTERM)
	}}, nil
}

// isWork returns what tells whether an answer is that to "/work?n=N": N words, which are the first numbers' squares modulo 1009, and their sum.
func isWork(n int) func([]byte) error {
	return func(body []byte) error {
		var got struct {
			N     int
			Words []string
			Sum   int
		}
		if err := json.Unmarshal(body, &got); err != nil {
			return fmt.Errorf("%w: %.60q", err, body)
		}
		count := n % 200
		if got.N != n || len(got.Words) != count {
			return fmt.Errorf("n is %d with %d words", got.N, len(got.Words))
		}
		sum := 0
		for i, word := range got.Words {
			if want := strconv.Itoa((n + i) * (n + i) % 1009); word != want {
				return fmt.Errorf("word %d is %q, not %q", i, word, want)
			}
			sum += (n + i) * (n + i) % 1009
		}
		if got.Sum != sum {
			return fmt.Errorf("the sum is %d, not %d", got.Sum, sum)
		}
		return nil
	}
}
