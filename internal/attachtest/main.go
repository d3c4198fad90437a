//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"heapprof/internal/testkit/fixture"
)

func main() {
	if is, err := helps(os.Args[1:], os.Stdin, os.Stdout); is {
		if err != nil {
			fmt.Fprintln(os.Stderr, "attachtest:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "attachtest:", err)
	}
	if !ok {
		os.Exit(1)
	}
}

// defaults returns the options without a command line.
func defaults() *options {
	return &options{cycles: 20, hold: 20 * time.Millisecond, rest: 500 * time.Microsecond, full: 50}
}

// run does what the arguments ask, and reports whether all was as it should be.
func run(ctx context.Context, args []string, out, progress io.Writer) (bool, error) {
	o := defaults()
	o.progress = progress
	flags := flag.NewFlagSet("attachtest", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.cycles, "cycles", o.cycles, "attach to each program `N` times")
	flags.DurationVar(&o.hold, "hold", o.hold, "record for as long as `TIME` in each cycle")
	flags.DurationVar(&o.rest, "rest", o.rest, "clients rest for `TIME` between two requests")
	flags.DurationVar(&o.pause, "pause", o.pause, "leave the program alone for `TIME` between two cycles")
	flags.IntVar(&o.full, "full", o.full, "compare all code with its files every `N` cycles, else the pages that the process has a copy of")
	flags.BoolVar(&o.keep, "keep", false, "keep the programs' directories")
	by := flags.String("by", "own", "who attaches: own, this process; command, heapprof attach; killed, heapprof attach that is killed at any moment; gdb; none")
	list := flags.Bool("list", false, "list the programs")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return false, err
	}
	if *list {
		for _, s := range chosen {
			fmt.Fprintln(out, s.name)
		}
		return true, nil
	}
	root, err := fixture.Root()
	if err != nil {
		return false, err
	}
	work, err := os.MkdirTemp("", "heapprof-attachtest-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(work)
	a, err := newAttacher(*by, root, work)
	if err != nil {
		return false, err
	}
	ok := true
	var results []*result
	for _, s := range chosen {
		r := torture(ctx, s, a, root, o)
		results = append(results, r)
		ok = ok && !r.failed()
		if ctx.Err() != nil {
			break
		}
	}
	printTable(out, results)
	return ok, nil
}

// newAttacher returns who attaches, by name. work is a directory that it may use.
func newAttacher(by, root, work string) (attacher, error) {
	switch by {
	case "own":
		return newOwn()
	case "command":
		return buildCommand(root, work)
	case "killed":
		c, err := buildCommand(root, work)
		return killer{c}, err
	case "gdb":
		return debugger{}, nil
	case "none":
		return nobody{}, nil
	}
	return nil, fmt.Errorf("nobody is called %q", by)
}

// choose returns the subjects whose names match one of the expressions; all that issue 16 names where there are none.
func choose(expressions []string) (chosen []subject, err error) {
	if len(expressions) == 0 {
		return servers(), nil
	}
	expression, err := regexp.Compile("^(?:" + strings.Join(expressions, "|") + ")$")
	if err != nil {
		return nil, err
	}
	for _, s := range append(servers(), special()...) {
		if expression.MatchString(s.name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no program is called %s", expression)
	}
	return chosen, nil
}

// servers returns the programs that people attach to.
func servers() []subject {
	return []subject{redis(), nginx(), postgres(), python(), node(), java(), tokio(), cplusplus()}
}
