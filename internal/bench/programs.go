package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/testkit/fixture"
)

// program is a program to measure, a row of the table.
type program struct {
	name string
	// Full takes some tenths of a second natively or more, short a fiftieth or so of that.
	full, short []string
	line        commandLine
	threads     int  // that are busy; 0: one
	found       bool // nobody here wrote it
	optional    bool // not even the machine that runs all tests need have it
}

// commandLine makes a program's command of the arguments that say how much it is to do. What it
// needs besides, such as files to read, it builds or writes to the directory work.
type commandLine func(work string, args []string) (command, error)

// command is a command line, and what belongs to it.
type command struct {
	argv []string
	env  []string // variables besides this process's own
	// client, if there is one, is what the program serves: it is called once the program is
	// being started, waits until it answers, ends it when done, and returns what it has to say.
	client func(ctx context.Context) (said []byte, err error)
	// rate, if there is one, reads the throughput, in operations per second, from what the
	// client said or, without a client, the program wrote to standard output.
	rate func(said []byte) (float64, error)
}

// missingError is the error for a program that cannot be had on this machine.
type missingError struct{ cause error }

func (e *missingError) Error() string { return e.cause.Error() }
func (e *missingError) Unwrap() error { return e.cause }

func (p program) command(work string, short bool) (command, error) {
	args := p.full
	if short {
		args = p.short
	}
	c, err := p.line(work, args)
	if fixture.Missing(err) {
		return command{}, &missingError{err}
	}
	return c, err
}

// programs returns the programs that are measured: first those that were written for this,
// each with one shape of allocation, then programs that nobody here wrote, then one that
// only starts and ends.
func programs() []program {
	return append(slices.Concat(shapes(), foundPrograms()), program{name: "true", line: onPath("true")})
}

// shapes returns the programs that were written for this. Where calls are nested deeper than a
// processor's return predictor holds (sixteen, on some), every return is mispredicted,
// natively too, and the cost of recording shows less.
func shapes() []program {
	c := func(name, source, full, short string) program {
		return program{name: name, full: strings.Fields(full), short: strings.Fields(short), line: built(source)}
	}
	threads := func(n int, p program) program {
		p.threads = n
		return p
	}
	return []program{
		c("tight loop, depth 12", "bench_tight.c", "12 20000000", "12 400000"),
		c("tight loop, depth 64", "bench_tight.c", "64 20000000", "64 400000"),
		c("called anew, depth 12", "bench_tight.c", "12 10000000 anew", "12 400000 anew"),
		c("called anew, depth 64", "bench_tight.c", "64 2000000 anew", "64 100000 anew"),
		c("window of 4 k blocks", "bench_window.c", "4096 5000000", "4096 200000"),
		c("window of 5 M blocks", "bench_window.c", "5000000 2000000", "50000 50000"),
		c("realloc growth", "bench_realloc.c", "200", "4"),
		c("1 thread", "bench_threads.c", "1 10000000", "1 200000"),
		threads(2, c("2 threads", "bench_threads.c", "2 10000000", "2 100000")),
		threads(8, c("8 threads", "bench_threads.c", "8 2500000", "8 25000")),
		threads(2, c("producer, consumer", "bench_handoff.c", "1 4000000", "1 100000")),
		threads(2, c("10,000 short threads", "bench_spawn.c", "10000 100", "200 100")),
		c("64 stacks by turns, depth 12", "bench_turns.c", "800000 12", "20000 12"),
		c("64 stacks by turns, depth 32", "bench_turns.c", "800000 32", "20000 32"),
		c("64 stacks by turns, depth 64", "bench_turns.c", "800000 64", "20000 64"),
		c("in another thread, depth 12", "bench_turns.c", "800000 12 thread", "20000 12 thread"),
		c("in another thread, depth 32", "bench_turns.c", "800000 32 thread", "20000 32 thread"),
		c("in another thread, depth 64", "bench_turns.c", "800000 64 thread", "20000 64 thread"),
		threads(200, c("200 threads, the same stacks", "bench_crowd.c", "200 2", "10 1")),
		c("200,000 stacks", "bench_many.c", "200000 4", "20000 1"),
		c("alloc-test", "bench_alloctest.cc", "5000000 400000", "100000 10000"),
		threads(2, program{name: "larson, 2 threads", full: []string{"2", "5000000"}, short: []string{"2", "100000"}, line: rated(built("bench_larson.c"))}),
		c("C++ maps and strings", "bench_strings.cc", "200000 2", "5000 2"),
		c("parser", "bench_parser.c", "60", "3"),
		c("tree walk", "bench_walk.c", "13 400", "8 40"),
		c("Rust words and trees", "bench_words.rs", "100000 10", "5000 5"),
		linked("Rust with mimalloc", "loop_mimalloc"),
		linked("Rust with jemalloc", "loop_jemalloc"),
	}
}

// linked returns a Rust program that allocates in a loop, with an allocator of its own
// linked into it.
func linked(name, cargo string) program {
	return program{
		name: name, full: []string{"20000000"}, short: []string{"400000"},
		line: func(_ string, args []string) (command, error) {
			path, err := buildCargo(cargo)
			return command{argv: append([]string{path}, args...)}, err
		},
	}
}

// built returns the command line of a program of testdata/programs, built as people build what
// they profile: optimized, with debug information.
func built(source string) commandLine {
	flags := []string{"-O2", "-g", "-pthread"}
	if filepath.Ext(source) == ".rs" {
		flags = []string{"-O", "-g"}
	}
	return func(_ string, args []string) (command, error) {
		path, err := fixture.Build(source, flags...)
		return command{argv: append([]string{path}, args...)}, err
	}
}

// onPath returns the command line of a program on PATH: its own arguments, then those that say how
// much to do.
func onPath(name string, own ...string) commandLine {
	return func(_ string, args []string) (command, error) {
		path, err := exec.LookPath(name)
		return command{argv: slices.Concat([]string{path}, own, args)}, err
	}
}
