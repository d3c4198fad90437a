package judge

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"heapprof/cmd/console"
	"heapprof/internal/budget"
	"heapprof/internal/profile"
	"heapprof/internal/report/ci"
	"heapprof/internal/suite"
)

// tested is what came of a test.
type tested struct {
	group, name string
	status      int    // its process's
	failed      bool   // as its suite has it
	file        string // its profile; "" if there is none
	profile     *profile.Profile
	output      string // file with what it has written, where heapprof started it; "" for none

	before  *profile.Profile // its baseline; nil: there is none
	check   ci.Check
	seconds float64         // that it took; 0 where its suite has run it
	verdict *budget.Verdict // nil: no budget is for it
	outcome budget.Outcome  // the worst of the verdict that counts
	said    []string        // of limits that are not kept, a line each

	unjudged bool // it is allowed so much more than in the baseline, and is not in there
}

// workshop is a run of a suite: where its files are, and what came of it.
type workshop struct {
	*testOptions
	system    suite.System
	self      string // heapprof's own file
	dir       string // where profiles go in the end
	private   string // for the files of this run
	tests     []*tested
	ignored   int
	unnamed   []string
	doctests  bool            // documentation tests were left out
	status    int             // the suite's own
	ctx       context.Context // is over when the user interrupts
	interrupt func()
}

// newWorkshop makes the directories for a run of a suite.
func newWorkshop(o *testOptions, system suite.System) (*workshop, error) {
	w := &workshop{testOptions: o, system: system, dir: o.dir}
	var err error
	if w.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if w.dir == "" {
		if w.dir, err = w.usualDirectory(); err != nil {
			return nil, err
		}
	} else if err = os.MkdirAll(w.dir, 0o777); err != nil {
		return nil, err
	}
	if w.dir, err = filepath.Abs(w.dir); err != nil {
		return nil, err
	}
	// Below the other, so that files can be moved there.
	w.private = filepath.Join(w.dir, ".running-"+strconv.Itoa(os.Getpid()))
	for _, name := range []string{programsDir, resultsDir, profilesDir} {
		if err := os.MkdirAll(filepath.Join(w.private, name), 0o700); err != nil {
			return nil, err
		}
	}
	harness := suite.Unknown
	if system == suite.Nextest {
		harness = suite.Libtest
	}
	w.ctx, w.interrupt = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	return w, suite.Save(filepath.Join(w.private, settingsFile), runnerSettings{Recording: o.recording(harness)})
}

// close removes what the run itself needed.
func (w *workshop) close() {
	w.interrupt()
	os.RemoveAll(w.private)
}

// usualDirectory returns the directory for profiles where the user names none, which it makes: in the
// directory that cargo builds in, or .heapprof.
func (w *workshop) usualDirectory() (string, error) {
	if w.system == suite.CargoTest || w.system == suite.Nextest {
		c, err := suite.NewCargo(w.args)
		if err != nil {
			return "", suiteError(err, w.args)
		}
		target, err := c.TargetDir()
		if err != nil {
			return "", errCargo(w.args, err)
		}
		dir := filepath.Join(target, "heapprof")
		return dir, os.MkdirAll(dir, 0o777)
	}
	return OwnDirectory, makeOwnDirectory(OwnDirectory)
}

// run runs the suite, and shows what came of its tests.
func (w *workshop) run() error {
	var err error
	switch w.system {
	case suite.CargoTest:
		err = w.runCargoTest()
	case suite.Nextest:
		err = w.runNextest()
	case suite.CTest:
		err = w.runCTest()
	case suite.Pytest:
		err = w.runPytest()
	default:
		err = w.runPrograms([]suite.Program{{Args: w.args}}, func(p suite.Program) (suite.System, string) {
			return w.system, suite.ProgramName(p.Args[0])
		})
	}
	if err != nil {
		return err
	}
	return w.conclude()
}

// runner returns the command that a test system starts programs by.
func (w *workshop) runner(mode string) []string {
	return []string{w.self, runnerName, mode, w.private}
}

// command returns a command of the suite's, which writes where people read: standard output is for
// the table.
func (w *workshop) command(args []string) *exec.Cmd {
	c := exec.CommandContext(w.ctx, args[0], args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = w.streams.In, w.streams.Err, w.streams.Err
	c.Cancel = func() error { return w.passOn(c.Process) }
	return c
}

// passOn tells a process that the user wants no more. At a terminal it has heard of that itself.
func (w *workshop) passOn(p *os.Process) error {
	if w.streams.ErrTerminal {
		return nil
	}
	return p.Signal(syscall.SIGTERM)
}

// drive has the suite's own command run the tests, and takes up its status.
func (w *workshop) drive(args []string) error {
	status, err := statusOf(w.command(args).Run())
	if err != nil {
		return console.Failure(err)
	}
	w.status = status
	return nil
}

// statusOf returns the status of a command that has run, as a shell has it.
func statusOf(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 0, err
	}
	if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return console.ExitSignalBase + int(s.Signal()), nil
	}
	return exit.ExitCode(), nil
}

// takeResults takes up what the runners have written down.
func (w *workshop) takeResults() error {
	root := filepath.Join(w.private, resultsDir)
	var all []suite.Result
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var r suite.Result
		if err := suite.Load(path, &r); err != nil {
			return err
		}
		all = append(all, r)
		return nil
	})
	slices.SortFunc(all, func(a, b suite.Result) int { return a.Ended.Compare(b.Ended) })
	for _, r := range all {
		t := &tested{group: r.Group, name: r.Name, status: r.Status, failed: r.Status != 0}
		if r.Profile != "" {
			t.file = filepath.Join(w.private, profilesDir, r.Profile)
		}
		w.tests = append(w.tests, t)
	}
	return err
}
