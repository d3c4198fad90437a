//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
)

// options is what is asked on the command line.
type options struct {
	cycles   int
	hold     time.Duration // how long a process is recorded in each cycle
	rest     time.Duration // how long the load rests between two requests
	pause    time.Duration // how long a process is left alone between two cycles
	full     int           // every so many cycles all code is compared, not only what this process has a copy of
	keep     bool          // the directories stay
	progress io.Writer
}

// result is what came of a subject's cycles.
type result struct {
	name           string
	skipped        string // why nothing was done
	cycles         int
	refused        int
	refusals       map[string]int
	crashed        bool
	right, wrong   uint64
	faults         map[string]*fault // by what they are, without numbers
	pauses         []time.Duration
	began, ended   []time.Duration
	calls          uint64
	grown          int64 // by how much all mappings together have grown, in bytes, from the tenth part of the cycles to the last
	grownMaps      int   // likewise, how many mappings
	comparedInFull int
	took           time.Duration
}

// fault counts a fault. Numbers differ from one to the next: of those that are equal but for these the first is told of.
func (r *result) fault(cycle int, text string) {
	kind := numbers.ReplaceAllString(text, "N")
	if r.faults[kind] == nil {
		r.faults[kind] = &fault{first: fmt.Sprintf("cycle %d: %s", cycle, text)}
	}
	r.faults[kind].times++
}

// fault is what was not as it should be.
type fault struct {
	first string
	times int
}

var numbers = regexp.MustCompile(`(0x)?[0-9a-f]*[0-9][0-9a-f]*`)

// failed reports whether anything was not as it should be.
func (r *result) failed() bool { return r.crashed || r.wrong > 0 || len(r.faults) > 0 }

// torture attaches to a subject again and again.
func torture(ctx context.Context, s subject, a attacher, root string, o *options) *result {
	r := &result{name: s.name, faults: map[string]*fault{}, refusals: map[string]int{}}
	start := time.Now()
	defer func() { r.took = time.Since(start) }()
	dir, err := os.MkdirTemp("", "heapprof-attachtest-")
	if err != nil {
		r.skipped = err.Error()
		return r
	}
	if o.keep {
		fmt.Fprintf(o.progress, "%s works in %s\n", s.name, dir)
	} else {
		defer os.RemoveAll(dir)
	}
	os.Chmod(dir, 0o755) // some are another user's
	run, err := s.start(ctx, &workshop{root: root, dir: dir, rest: o.rest})
	if err != nil {
		r.skipped = err.Error()
		return r
	}
	if !run.answers.awaitMore(answerPatience) {
		r.fault(0, "it does not answer before anybody has attached")
	}
	r.repeat(ctx, s, a, run, o)
	if !run.answers.awaitMore(answerPatience) {
		r.fault(r.cycles, "it does not answer any more")
	}
	if err := run.end(); err != nil {
		r.crashed = true
		r.fault(r.cycles, fmt.Sprintf("it ends with: %v", err))
	}
	r.right, r.wrong = run.answers.right.Load(), run.answers.wrong.Load()
	for _, text := range run.answers.faults() {
		r.fault(r.cycles, text)
	}
	return r
}

// one is a process of a subject's.
type one struct {
	pid    int
	before *state
	code   *code
	// early and late are the state after a tenth of the cycles, and after all.
	early, late *state
}

func (r *result) repeat(ctx context.Context, s subject, a attacher, run *running, o *options) {
	var all []*one
	for _, pid := range run.pids {
		code, err := readCode(pid)
		if err != nil {
			r.crashed = true
			r.fault(0, err.Error())
			return
		}
		all = append(all, &one{pid: pid, code: code})
	}
	for n := range o.cycles {
		p := all[n%len(all)]
		if ctx.Err() != nil {
			break
		}
		full := n%o.full == o.full-1 || n >= o.cycles-len(all)
		if !r.cycle(ctx, n, s, a, p, o, full) {
			r.crashed = true
			break
		}
		if !run.answers.awaitMore(answerPatience) {
			r.fault(n, "it does not answer any more")
			break
		}
		if n < len(all)*max(1, o.cycles/len(all)/10) {
			p.early = p.late
		}
		if n%100 == 99 {
			fmt.Fprintf(o.progress, "%s: %d cycles, %d faults, %d wrong answers\n", s.name, n+1, len(r.faults), run.answers.wrong.Load())
		}
		time.Sleep(o.pause)
	}
	for _, p := range all {
		if p.early != nil && p.late != nil {
			r.grown += int64(p.late.virtual - p.early.virtual)
			r.grownMaps += len(p.late.maps) - len(p.early.maps)
		}
	}
}

// cycle attaches and detaches once, and looks whether all is as before. It reports false if the process has ended.
func (r *result) cycle(ctx context.Context, n int, s subject, a attacher, p *one, o *options, full bool) bool {
	var err error
	if p.before, err = look(p.pid); err != nil {
		r.fault(n, err.Error())
		return false
	}
	var with *state
	got, err := a.attach(ctx, p.pid, func() {
		time.Sleep(o.hold)
		with, _ = look(p.pid)
	})
	r.cycles++
	if err != nil {
		r.fault(n, err.Error())
	}
	if got.refused != "" {
		r.refused++
		r.refusals[got.refused]++
	}
	r.pauses = append(r.pauses, got.pauses...)
	if got.began > 0 {
		r.began, r.ended = append(r.began, got.began), append(r.ended, got.ended)
	}
	r.calls += got.calls
	faults, err := r.settle(s, p, with, full)
	if err != nil {
		r.fault(n, err.Error())
		return false
	}
	for _, text := range faults {
		r.fault(n, text)
	}
	return true
}

// settle looks whether a process is as before, for as long as it may take a thread to come out of what it is doing.
func (r *result) settle(s subject, p *one, with *state, full bool) (faults []string, err error) {
	const patience = 3 * time.Second
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if p.late, err = look(p.pid); err != nil {
			return nil, err
		}
		faults = left(s, p.before, with, p.late)
		places, _, err := p.code.differing(full)
		if err != nil {
			return faults, err
		}
		for _, place := range places[:min(len(places), 8)] {
			faults = append(faults, "its code differs: "+place)
		}
		if len(faults) == 0 || time.Now().After(deadline) {
			break
		}
	}
	if full {
		r.comparedInFull++
	}
	return faults, nil
}
