//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"heapprof/internal/testkit/fixture"
)

// teller is a program that works and looks at its own results until its standard input ends: it writes "ready", then lines "turns=N wrong=N" with what it
// has done and found wrong so far, and ends with status 0.
type teller struct {
	process *process
	in      io.WriteCloser
	answers *answers
	read    sync.WaitGroup
	lastOne string // the last line; after read
	mu      sync.Mutex
	told    map[string]uint64 // each number by its name, as it was told last
}

// startTeller starts the program, waits for it to be ready, and counts its results among a.
func startTeller(cmd *exec.Cmd, dir string, a *answers) (*teller, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, toOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = toOut
	p, err := launch(cmd, dir)
	toOut.Close()
	if err != nil {
		out.Close()
		return nil, err
	}
	t := &teller{process: p, in: in, answers: a, told: map[string]uint64{}}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		p.cmd.Process.Kill()
		return nil, fmt.Errorf("%s begins with %q, %v\n%s", cmd, line, err, last(filepath.Join(dir, filepath.Base(cmd.Path)+".log")))
	}
	t.read.Go(func() {
		defer out.Close()
		t.count(lines)
	})
	return t, nil
}

// count reads what the program writes.
func (t *teller) count(lines *bufio.Reader) {
	var turns, wrong uint64
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		t.lastOne = line
		t.mu.Lock()
		for word := range strings.FieldsSeq(line) {
			name, value, _ := strings.Cut(word, "=")
			if n, err := strconv.ParseUint(value, 10, 64); err == nil {
				t.told[name] = n
			}
		}
		nowTurns, nowWrong := t.told["turns"], t.told["wrong"]
		t.mu.Unlock()
		t.answers.good(nowTurns - min(turns, nowTurns))
		for range min(nowWrong-min(wrong, nowWrong), 1000) {
			t.answers.bad("%s: %s", filepath.Base(t.process.cmd.Path), strings.TrimSpace(line))
		}
		turns, wrong = nowTurns, nowWrong
	}
}

// command writes to the program's standard input.
func (t *teller) command(text string) error {
	_, err := io.WriteString(t.in, text)
	return err
}

// take returns what was told last, if there is a number of that name, and forgets it; nil else.
func (t *teller) take(name string) map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.told[name]; !ok {
		return nil
	}
	told := t.told
	t.told = map[string]uint64{"turns": told["turns"], "wrong": told["wrong"]}
	return told
}

// end has the program end by itself.
func (t *teller) end() error {
	if t.process.ended() {
		return fmt.Errorf("it has ended by itself: %v", t.process.err)
	}
	t.in.Close()
	err := t.process.await(endPatience)
	t.read.Wait()
	if err == nil && !strings.HasPrefix(t.lastOne, "turns=") {
		err = fmt.Errorf("its last line is %q", t.lastOne)
	}
	return err
}

// tellers returns a subject of such programs, each of which is a command line.
func tellers(s subject, commands func(w *workshop) ([][]string, error)) subject {
	s.start = func(_ context.Context, w *workshop) (*running, error) {
		lines, err := commands(w)
		if err != nil {
			return nil, err
		}
		r := &running{answers: &answers{}}
		var all []*teller
		for _, line := range lines {
			words := len(line)
			environment := []string{}
			for len(line) > 0 && strings.Contains(line[0], "=") {
				environment, line = append(environment, line[0]), line[1:]
			}
			if len(line) == 0 {
				return nil, fmt.Errorf("%d words, and no command", words)
			}
			cmd := exec.Command(line[0], line[1:]...)
			cmd.Env = slices.Concat(os.Environ(), environment)
			cmd.Dir = w.dir
			t, err := startTeller(cmd, w.dir, r.answers)
			if err != nil {
				for _, t := range all {
					t.process.cmd.Process.Kill()
				}
				return nil, err
			}
			all = append(all, t)
			r.pids = append(r.pids, t.process.pid())
		}
		r.end = func() error {
			for _, t := range all {
				if err := t.end(); err != nil {
					return err
				}
			}
			return nil
		}
		settled()
		return r, nil
	}
	return s
}

// own is a program of testdata/programs.
func own(name string, steady bool, source string, flags []string, args ...string) subject {
	return tellers(subject{name: name, steady: steady}, func(w *workshop) ([][]string, error) {
		program, err := fixture.Build(source, flags...)
		return [][]string{append([]string{program, restArgument(w.rest)}, args...)}, err
	})
}
