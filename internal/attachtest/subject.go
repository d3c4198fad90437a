//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// subject is a program that is attached to, again and again, while it works for a client that knows what its answers must be.
type subject struct {
	name string
	// steady reports whether the program's threads and descriptors stay the same for as long as its load does.
	steady bool
	// jit reports whether the program makes code while it runs, and so maps some.
	jit bool
	// start starts it, with its load.
	start func(ctx context.Context, w *workshop) (*running, error)
}

// workshop is where a subject works.
type workshop struct {
	root string        // the project's directory
	dir  string        // one of its own, which is empty
	rest time.Duration // how long a client waits between two requests
}

// running is a subject that runs under load.
type running struct {
	pids    []int // of the processes that are attached to, in turn
	answers *answers
	// end has the load and the program end, and returns an error unless it ends as it should.
	end func() error
}

// process is a program that was started, and that somebody waits for.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; after done
}

// launch starts a command. What it writes goes to files in dir, unless the command says otherwise.
func launch(cmd *exec.Cmd, dir string) (*process, error) {
	if cmd.Stderr == nil {
		log, err := os.Create(filepath.Join(dir, filepath.Base(cmd.Path)+".log"))
		if err != nil {
			return nil, err
		}
		defer log.Close()
		cmd.Stderr = log
		if cmd.Stdout == nil {
			cmd.Stdout = log
		}
	}
	// It ends with this process, whatever that ends by.
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// pid returns the number of the process.
func (p *process) pid() int { return p.cmd.Process.Pid }

// ended reports whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// await waits for the process to end, and kills it where it does not.
func (p *process) await(patience time.Duration) error {
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		p.cmd.Process.Kill()
		<-p.done
		return errors.New("it does not end")
	}
}

// signal asks the process to end by a signal, and waits for that.
func (p *process) signal(s os.Signal) error {
	if p.ended() {
		return fmt.Errorf("it has ended by itself: %v", p.err)
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		return err
	}
	return p.await(endPatience)
}

// endPatience is how long a program may take to end when it is asked to.
const endPatience = 30 * time.Second

// last returns the end of what a program has written to a file.
func last(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 2000
	if info, err := f.Stat(); err == nil && info.Size() > most {
		f.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(f)
	return string(text)
}
