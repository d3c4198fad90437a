package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"heapprof/internal/testkit/fixture"
)

// program is a program to measure, a row of the table.
type program struct {
	name string
	// Full takes some tenths of a second natively or more, short a fiftieth or so of that.
	full, short []string
	// find returns the command line that the arguments follow.
	find func() ([]string, error)
	// compile reports whether the arguments are those of g++, to compile with. Then the
	// compiler proper runs, as g++ would start it.
	compile bool
	env     []string
}

// command is a command line, and the environment variables that it needs.
type command struct {
	argv, env []string
}

// missingError is the error for a program that cannot be had on this machine.
type missingError struct{ cause error }

func (e *missingError) Error() string { return e.cause.Error() }
func (e *missingError) Unwrap() error { return e.cause }

func (p program) command(work string, short bool) (command, error) {
	argv, err := p.find()
	if fixture.Missing(err) {
		return command{}, &missingError{err}
	}
	if err != nil {
		return command{}, err
	}
	args := p.full
	if short {
		args = p.short
	}
	argv = append(argv, args...)
	if p.compile {
		argv, err = compilerProper(argv, filepath.Join(work, "out.s"))
	}
	return command{argv, p.env}, err
}

// programs returns the programs that are measured: first those that were written for this,
// each with one shape of allocation, then programs that nobody here wrote, then one that
// only starts and ends. Where calls are nested deeper than a processor's return predictor
// holds (sixteen, on some), every return is mispredicted, natively too, and the cost of
// recording shows less.
func programs() []program {
	c := func(name, source, full, short string) program {
		return program{name: name, full: strings.Fields(full), short: strings.Fields(short), find: built(source)}
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
		c("2 threads", "bench_threads.c", "2 10000000", "2 100000"),
		c("8 threads", "bench_threads.c", "8 2500000", "8 25000"),
		c("producer, consumer", "bench_handoff.c", "1 4000000", "1 100000"),
		c("10,000 short threads", "bench_spawn.c", "10000 100", "200 100"),
		c("64 stacks by turns, depth 12", "bench_turns.c", "800000 12", "20000 12"),
		c("64 stacks by turns, depth 32", "bench_turns.c", "800000 32", "20000 32"),
		c("64 stacks by turns, depth 64", "bench_turns.c", "800000 64", "20000 64"),
		c("the same in another thread", "bench_turns.c", "800000 64 thread", "20000 64 thread"),
		c("200 threads, the same stacks", "bench_crowd.c", "200 2", "10 1"),
		c("200,000 stacks", "bench_many.c", "200000 4", "20000 1"),
		c("alloc-test", "bench_alloctest.cc", "5000000 400000", "100000 10000"),
		c("larson, 2 threads", "bench_larson.c", "2 5000000", "2 100000"),
		c("C++ maps and strings", "bench_strings.cc", "200000 2", "5000 2"),
		c("parser", "bench_parser.c", "60", "3"),
		c("tree walk", "bench_walk.c", "13 400", "8 40"),
		c("Rust words and trees", "bench_words.rs", "100000 10", "5000 5"),
		linked("Rust with mimalloc", "loop_mimalloc"),
		linked("Rust with jemalloc", "loop_jemalloc"),
		{
			name: "perl",
			find: onPath("perl", "-e", `my %h; $h{$_} = "x$_" for 1..$ARGV[0]; print scalar(keys %h), "\n"`),
			full: []string{"500000"}, short: []string{"10000"},
		},
		{
			name: "python3",
			// In one line: those of heaptrack's own files have no other end.
			find: python("import json, sys; n = int(sys.argv[1]); " +
				"text = json.dumps([{'id': i, 'name': 'item %d' % i, 'tags': ['a', str(i)]} for i in range(n)]); " +
				"print(len(json.loads(text)))"),
			full: []string{"60000"}, short: []string{"200"},
			env: []string{"PYTHONMALLOC=malloc"},
		},
		{
			name: "g++ -O2 (cc1plus)",
			find: source("g++", "bench_templates.cc"), compile: true,
			full: []string{"-O2", "-DSIZE=6"}, short: []string{"-O2", "-DSIZE=0"},
		},
		{name: "true", find: onPath("true")},
	}
}

// linked returns a Rust program that allocates in a loop, with an allocator of its own
// linked into it.
func linked(name, cargo string) program {
	return program{
		name: name, full: []string{"20000000"}, short: []string{"400000"},
		find: func() ([]string, error) {
			path, err := buildCargo(cargo)
			return []string{path}, err
		},
	}
}

// built returns a function that builds a program of testdata/programs as people build what
// they profile: optimized, with debug information.
func built(source string) func() ([]string, error) {
	flags := []string{"-O2", "-g", "-pthread"}
	if filepath.Ext(source) == ".rs" {
		flags = []string{"-O", "-g"}
	}
	return func() ([]string, error) {
		path, err := fixture.Build(source, flags...)
		return []string{path}, err
	}
}

// onPath returns a function that finds a program on PATH.
func onPath(name string, args ...string) func() ([]string, error) {
	return func() ([]string, error) {
		path, err := exec.LookPath(name)
		return append([]string{path}, args...), err
	}
}

// python returns a function that finds the Python interpreter itself, as python3 on PATH
// may be a script that looks for it.
func python(script string) func() ([]string, error) {
	return func() ([]string, error) {
		path, err := exec.LookPath("python3")
		if err != nil {
			return nil, err
		}
		out, err := exec.Command(path, "-c", "import sys; print(sys.executable)").Output()
		if err != nil {
			return nil, fmt.Errorf("asking %s where it is: %w", path, err)
		}
		return []string{strings.TrimSpace(string(out)), "-c", script}, nil
	}
}

// source returns a function that finds a compiler, and has it compile a source of
// testdata/programs.
func source(compiler, name string) func() ([]string, error) {
	return func() ([]string, error) {
		root, err := fixture.Root()
		if err != nil {
			return nil, err
		}
		path, err := exec.LookPath(compiler)
		return []string{path, filepath.Join(root, "testdata", "programs", name)}, err
	}
}

// compilerProper returns the command line of the compiler that the driver argv
// (gcc or g++ with a source) would start to compile to the assembly file out.
// The driver itself only waits, and as it uses vfork and exec no profiler of one
// process sees behind it.
func compilerProper(argv []string, out string) ([]string, error) {
	cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], "-S", "-o", out, "-###")...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, &said)
	}
	for line := range strings.Lines(said.String()) {
		// Commands are indented by one space.
		if words := splitQuoted(line); strings.HasPrefix(line, " ") && len(words) > 0 && strings.HasPrefix(filepath.Base(words[0]), "cc1") {
			return words, nil
		}
	}
	return nil, &missingError{errors.New("g++ -### names no compiler")}
}

// splitQuoted splits a line as gcc -### prints it. Words may be in double quotes, in which
// a backslash keeps the next character.
func splitQuoted(line string) []string {
	var words []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted, inWord = !quoted, true
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			inWord = true
		case !quoted && (c == ' ' || c == '\n'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}
