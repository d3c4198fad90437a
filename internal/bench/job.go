package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// job is a program's command under a tool, ready to be started.
type job struct {
	tool    *tool
	command command
	cmd     *exec.Cmd
	ctx     context.Context
	stop    context.CancelFunc // ends the processes
	dir     string             // where it runs, and writes what it writes
	file    string             // the profile, for the tool to write
}

// job makes a job of a command under a tool, in a directory of its own. If it is the job of a
// tool that has a limit, it is stopped then.
func (b *bench) job(t *tool, c command) (*job, error) {
	dir, err := os.MkdirTemp(b.work, "out-")
	if err != nil {
		return nil, err
	}
	j := &job{tool: t, command: c, dir: dir, file: filepath.Join(dir, "profile.json")}
	// Files: through a pipe this process would take part.
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		return nil, err
	}
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		return nil, err
	}
	argv := c.argv
	if t.wrap != nil {
		argv = slices.Concat(t.wrap(j.file), argv)
	}
	if t.limit > 0 {
		j.ctx, j.stop = context.WithTimeout(b.ctx, t.limit)
	} else {
		j.ctx, j.stop = context.WithCancel(b.ctx)
	}
	j.cmd = exec.CommandContext(j.ctx, argv[0], argv[1:]...)
	endTogether(j.cmd)
	j.cmd.Env = append(os.Environ(), c.env...)
	j.cmd.Dir = dir
	j.cmd.Stdout, j.cmd.Stderr = stdout, stderr
	return j, nil
}

// close removes the job's directory, with what was written there.
func (j *job) close() {
	j.stop()
	j.cmd.Stdout.(*os.File).Close()
	j.cmd.Stderr.(*os.File).Close()
	os.RemoveAll(j.dir)
}

// attended calls run, which runs the job to its end, with the program's client beside it. It
// returns the throughput, 0 for a program that has none.
func (j *job) attended(run func() error) (rate float64, err error) {
	type answer struct {
		said []byte
		err  error
	}
	answers := make(chan answer, 1)
	if client := j.command.client; client != nil {
		go func() {
			said, err := client(j.ctx)
			if err != nil {
				j.stop() // nobody else ends the server
			}
			answers <- answer{said, err}
		}()
	}
	err = run()
	if errors.Is(j.ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("not done after %v", j.tool.limit)
	}
	a := answer{}
	if j.command.client != nil {
		if err != nil {
			j.stop() // nobody answers the client
		}
		a = <-answers
	} else if err == nil && j.command.rate != nil {
		a.said, a.err = os.ReadFile(j.cmd.Stdout.(*os.File).Name())
	}
	if err = errors.Join(err, a.err); err != nil || j.command.rate == nil {
		return 0, j.explain(err)
	}
	rate, err = j.command.rate(a.said)
	return rate, j.explain(err)
}

// explain adds to err what the job wrote to standard error.
func (j *job) explain(err error) error {
	if err == nil {
		return nil
	}
	said, _ := os.ReadFile(j.cmd.Stderr.(*os.File).Name())
	return fmt.Errorf("%s: %w: %.120s", j.tool.name, err, strings.Join(strings.Fields(string(said)), " "))
}

// once runs a command under a tool, and measures it.
func (b *bench) once(t *tool, c command) (measurement, error) {
	j, err := b.job(t, c)
	if err != nil {
		return measurement{}, err
	}
	defer j.close()
	var m measurement
	rate, err := j.attended(func() (err error) {
		m, err = measure(j.cmd, t.recorder)
		return err
	})
	m.rate = rate
	return m, err
}
