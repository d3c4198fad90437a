package judge

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/suite"
)

// runCargoTest has cargo build the programs and say how it would start each, and runs their tests.
func (w *workshop) runCargoTest() error {
	c, host, err := w.cargo()
	if err != nil {
		return err
	}
	w.doctests = c.HasDoctests()
	build := w.command(c.Build())
	var messages bytes.Buffer
	build.Stdout = &messages
	switch status, err := statusOf(build.Run()); {
	case err != nil:
		return console.Failure(err)
	case status != 0:
		return &console.ExitError{Status: status}
	}
	// All is built: what cargo says now is of programs that it does not run.
	var said bytes.Buffer
	collect := w.command(c.Run(host, w.runner(modeCollect)))
	collect.Stdout, collect.Stderr = &said, &said
	if status, err := statusOf(collect.Run()); err != nil || status != 0 {
		w.streams.Err.Write(said.Bytes())
		return errors.Join(err, &console.ExitError{Status: status})
	}
	programs, err := w.collected()
	if err != nil {
		return console.Failure(err)
	}
	known := suite.Executables(messages.Bytes())
	return w.runPrograms(programs, func(p suite.Program) (suite.System, string) {
		path := p.Args[0]
		if !filepath.IsAbs(path) {
			path = filepath.Join(p.Dir, path)
		}
		if name, ok := known[path]; ok {
			return suite.Libtest, name
		}
		return suite.Libtest, suite.ProgramName(path)
	})
}

// cargo returns the command line of cargo's, and for what it builds.
func (w *workshop) cargo() (c suite.Cargo, host string, err error) {
	if c, err = suite.NewCargo(w.args); err != nil {
		return c, "", console.UsageError("test", suiteError(err, w.args))
	}
	if host, err = c.Host(); err != nil {
		return c, "", console.Failure(errCargo(w.args, err))
	}
	return c, host, nil
}

// collected returns the programs that cargo would have run, in its order.
func (w *workshop) collected() (programs []suite.Program, err error) {
	dir := filepath.Join(w.private, programsDir)
	files, err := os.ReadDir(dir)
	for _, f := range files {
		var p suite.Program
		if err := suite.Load(filepath.Join(dir, f.Name()), &p); err != nil {
			return nil, err
		}
		programs = append(programs, p)
	}
	return programs, err
}

// runNextest has nextest run the tests, each by heapprof.
func (w *workshop) runNextest() error {
	c, host, err := w.cargo()
	if err != nil {
		return err
	}
	if err := w.drive(c.Run(host, w.runner(modeRecord))); err != nil {
		return err
	}
	return w.takeResults()
}

// runCTest has ctest run its entries, each by heapprof, and judge them.
func (w *workshop) runCTest() error {
	c, err := suite.NewCTest(w.args)
	if err != nil {
		return console.UsageError("test", suiteError(err, w.args))
	}
	args, err := c.Prepare(w.private, w.runner(modeEntry))
	if err != nil {
		return console.Failure(err)
	}
	if err := w.drive(args); err != nil {
		return err
	}
	if err := w.takeResults(); err != nil {
		return console.Failure(err)
	}
	results, err := suite.CTestResults(w.private)
	if err != nil {
		if w.status != 0 { // it has said why it ran nothing
			return &console.ExitError{Status: w.status}
		}
		return console.Failure(err)
	}
	for _, t := range w.tests {
		t.group = ""
		if i := slices.IndexFunc(results, func(r suite.CTestResult) bool { return r.Name == t.name }); i >= 0 {
			t.failed = results[i].Failed
		}
	}
	for _, r := range results {
		switch known := slices.ContainsFunc(w.tests, func(t *tested) bool { return t.name == r.Name }); {
		case !r.Ran:
			w.ignored++
		case !known:
			w.tests = append(w.tests, &tested{name: r.Name, failed: r.Failed})
		}
	}
	return nil
}

// runPytest has pytest run the tests, each in a process that is forked for it and recorded from there on.
func (w *workshop) runPytest() error {
	results, profiles := filepath.Join(w.private, resultsDir), filepath.Join(w.private, profilesDir)
	args, env, err := suite.PreparePytest(w.args, os.Environ(), w.private, results)
	if err != nil {
		return console.Failure(err)
	}
	flags := append(w.recording(suite.Pytest), "--children")
	file := strings.ReplaceAll(profiles, "%", "%%") + "/%p.json.gz"
	c := w.command(slices.Concat([]string{w.self, "run", "--quiet", "--output", file}, flags, []string{"--"}, args))
	c.Env = env
	if w.status, err = statusOf(c.Run()); err != nil {
		return console.Failure(err)
	}
	found, err := filepath.Glob(filepath.Join(results, "*.json"))
	if err != nil {
		return console.Failure(err)
	}
	var all []suite.PytestResult
	for _, f := range found {
		var r suite.PytestResult
		if err := suite.Load(f, &r); err != nil {
			return console.Failure(err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b suite.PytestResult) int { return cmp.Compare(a.PID, b.PID) })
	for _, r := range all {
		t := &tested{name: r.Name, failed: r.Failed()}
		if file := filepath.Join(profiles, fmt.Sprintf("%d.json.gz", r.PID)); exists(file) {
			t.file = file
		}
		w.tests = append(w.tests, t)
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// runPrograms runs the tests of programs, each in a process of its own. describe says what harness a program
// has, and what its tests are a group of.
func (w *workshop) runPrograms(programs []suite.Program, describe func(suite.Program) (suite.System, string)) error {
	var all []suite.Test
	for _, p := range programs {
		system, group := describe(p)
		l, err := suite.List(system, p, group)
		switch {
		case errors.Is(err, suite.ErrNoListing) && w.system == suite.CargoTest:
			// A program without a harness is one test.
			l.Tests = []suite.Test{{Group: group, Program: p}}
		case errors.Is(err, suite.ErrNoListing):
			return console.Failure(suiteError(err, p.Args))
		case err != nil:
			return console.Failure(err)
		}
		w.ignored += l.Ignored
		w.unnamed = append(w.unnamed, l.Unnamed...)
		all = append(all, l.Tests...)
	}
	w.tests = make([]*tested, len(all))
	progress := console.NewProgress(w.streams)
	defer progress.Clear()
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(w.jobs, len(all)) {
		wait.Go(func() {
			for i := range next {
				progress.Show(names.Printable(fmt.Sprintf("%d of %s: %s", i+1, human.Counted(uint64(len(all)), "test"), all[i].Name)), 0)
				w.tests[i] = w.runOne(&all[i], i)
			}
		})
	}
	for i := range all {
		if w.ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wait.Wait()
	w.tests = slices.DeleteFunc(w.tests, func(t *tested) bool { return t == nil })
	for _, t := range w.tests {
		if t.failed && w.status == 0 {
			w.status = max(t.status, console.ExitFailure)
		}
	}
	return nil
}

// runOne records one test. What it writes is kept in a file.
func (w *workshop) runOne(test *suite.Test, number int) *tested {
	t := &tested{group: test.Group, name: test.Name}
	base := filepath.Join(w.private, profilesDir, fmt.Sprint(number))
	file := base + ".json.gz"
	t.output = base + ".out"
	out, err := os.OpenFile(t.output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return w.notRun(t, err)
	}
	defer out.Close()
	c := exec.CommandContext(w.ctx, w.self, recordingCommand(file, w.recording(test.Harness), test.Args)...)
	c.Dir, c.Env = test.Dir, test.Env
	c.Stdout, c.Stderr = out, out
	c.Cancel = func() error { return w.passOn(c.Process) }
	began := time.Now()
	t.status, err = statusOf(c.Run())
	t.seconds = time.Since(began).Seconds()
	switch {
	case w.ctx.Err() != nil:
		return nil // it has not begun, or may not have ended as it should
	case err != nil:
		return w.notRun(t, err)
	}
	t.failed = t.status != 0
	if _, err := os.Stat(file); err == nil {
		t.file = file
	}
	return t
}

// notRun says why a test could not be run.
func (w *workshop) notRun(t *tested, err error) *tested {
	w.streams.Complain(fmt.Errorf("%s: %w", t.name, err))
	t.failed, t.status = true, console.ExitRunFailure
	return t
}

// errCargo is the error for what cargo could not say.
func errCargo(args []string, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if line, _, _ := strings.Cut(string(exit.Stderr), "\n"); line != "" {
			return fmt.Errorf("%s: %s", args[0], strings.TrimPrefix(line, "error: "))
		}
	}
	return fmt.Errorf("%s: %w", args[0], err)
}
