//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"heapprof/internal/format"
)

// command attaches as a user does: by heapprof attach, whose path it is, and ends it as users do, in turn.
type command struct {
	path string
	dir  string // for profiles
	turn int
}

// buildCommand builds heapprof.
func buildCommand(root, dir string) (*command, error) {
	c := &command{path: filepath.Join(dir, "heapprof"), dir: dir}
	build := exec.Command("go", "build", "-o", c.path, ".")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building heapprof: %w\n%s", err, text)
	}
	return c, nil
}

// begin starts heapprof attach, and waits until it says that it records. What it says else can be read when it has ended.
func (c *command) begin(ctx context.Context, pid int, flags ...string) (cmd *exec.Cmd, said *strings.Builder, records bool, done chan error, err error) {
	cmd = exec.CommandContext(ctx, c.path, append(append([]string{"attach"}, flags...), strconv.Itoa(pid))...)
	errors, err := cmd.StderrPipe()
	if err != nil {
		return nil, nil, false, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, false, nil, err
	}
	said, done = &strings.Builder{}, make(chan error, 1)
	lines := bufio.NewReader(errors)
	for !records {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if err != nil {
			break
		}
		records = strings.Contains(line, "recording "+strconv.Itoa(pid))
	}
	go func() {
		rest, _ := io.ReadAll(lines)
		said.Write(rest)
		done <- cmd.Wait()
	}()
	return cmd, said, records, done, nil
}

func (c *command) attach(ctx context.Context, pid int, during func()) (got attached, err error) {
	c.turn++
	out := filepath.Join(c.dir, "profile.json")
	defer os.Remove(out)
	flags := []string{"-o", out}
	const duration = 2 // of the ways to end it
	way := c.turn % 3
	if way == duration {
		flags = append(flags, "--duration", "50ms")
	}
	start := time.Now()
	cmd, said, records, done, err := c.begin(ctx, pid, flags...)
	if err != nil {
		return got, err
	}
	if !records {
		err := <-done
		return attached{refused: strings.TrimSpace(said.String())}, ifNot(err, "it has ended without a word of recording")
	}
	got.began = time.Since(start)
	during()
	asked := time.Now()
	if way != duration {
		cmd.Process.Signal([]os.Signal{syscall.SIGINT, syscall.SIGTERM}[way])
	}
	if err := <-done; err != nil {
		return got, fmt.Errorf("heapprof attach: %w\n%s", err, said)
	}
	got.ended = time.Since(asked)
	p, err := format.ReadFile(out)
	if err != nil {
		return got, err
	}
	got.calls = p.Totals().TotalBlocks
	if a := p.Recording.Attached; a != nil {
		got.pauses = append(got.pauses, time.Duration(a.Pauses.Median)*time.Microsecond, time.Duration(a.Pauses.Longest)*time.Microsecond)
	}
	return got, nil
}

// ifNot returns an error where there should have been one.
func ifNot(err error, text string) error {
	if err != nil {
		return nil
	}
	return fmt.Errorf("%s", text)
}

// killer kills heapprof attach at any moment: its guardian is to leave the process as it was.
type killer struct{ *command }

func (k killer) attach(ctx context.Context, pid int, during func()) (got attached, err error) {
	cmd := exec.CommandContext(ctx, k.path, "attach", "-q", "-o", filepath.Join(k.dir, "profile.json"), strconv.Itoa(pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return got, err
	}
	time.Sleep(rand.N(500 * time.Millisecond))
	during()
	cmd.Process.Kill()
	cmd.Wait()
	return got, nil
}
