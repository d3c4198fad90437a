package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/record"
	"heapprof/cmd/wording"
	"heapprof/internal/report/frames"
	"heapprof/internal/suite"
)

// testOptions is what heapprof test was asked for.
type testOptions struct {
	streams  *console.Streams
	dir      string // where profiles go; "" for the usual place
	baseline string // directory of the profiles to compare with; "" for the usual place
	update   bool
	jobs     int
	retained bool
	alone    bool
	limits   checkLimits // for each test
	forms    checkForms
	allowed  allowances
	rules    frames.Rules
	args     []string // the command that runs the suite
}

// NewTest returns the command test.
func NewTest(s *console.Streams) *cobra.Command {
	o := &testOptions{streams: s, jobs: 1}
	c := &cobra.Command{
		Use:   "test [flags] [--] COMMAND [ARG…]",
		Short: "Measure each test of a suite by itself",
		Long: `test runs a test suite so that each test is recorded by itself, and shows what each
allocated, its largest heap, and what it left.

COMMAND is what runs the suite, with its own flags and filters:

  cargo test …         each test runs in a process of its own, with the directory and the
                       environment that cargo gives it. Documentation tests are left out.
  cargo nextest run …  likewise, by nextest itself, with its retries, timeouts and groups
  ctest …              each entry is recorded, and ctest judges it by its properties
  pytest …             each test's own function in a process that is forked for it; fixtures
                       are made by pytest's own process, and are in no test's numbers
  PROG …               a program with GoogleTest, Catch2 or Rust's harness: each of its
                       tests in a process of its own

Any other command is recorded as a whole by heapprof run, and judged by heapprof check.

A test's numbers are its own: what GoogleTest, Catch2 and Rust's harness allocate
around it is left out, unless the program has no symbol table. Those of an entry of
ctest are its program's.

The profile of a test is written to target/heapprof, in cargo's target directory, else to
.heapprof, by the names of its program and of the test. With --update they are
also kept as the baseline, in baseline below it or where --baseline says; later runs are
compared with it.

A test that is allowed only so much says PASS or FAIL: by --max and --max-increase,
which are of each test, and by the budgets of heapprof.toml, which are of tests that
match, as heapprof check --help explains them:

  [[budget]]
  test = "^parser::"
  max = ["peak-bytes=10MiB", "leaked-bytes=0"]
  max-increase = ["total-blocks=0"]

The status is that of the suite if a test fails, else 3 if a limit is exceeded.`,
		Example: `  heapprof test cargo test
  heapprof test -- cargo test --lib parser -- --skip slow
  heapprof test cargo nextest run
  heapprof test ctest --test-dir build -R unit
  heapprof test python3 -m pytest tests
  heapprof test ./build/unit_tests --gtest_filter='Parser.*'
  heapprof test --update cargo test`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return console.UsageError(c.Name(), errNoSuite)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.args = args
			if err := o.limits.parseLimits(); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if err := o.forms.parse(false); err != nil {
				return console.UsageError(c.Name(), err)
			}
			return runTest(o)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	flags.StringVarP(&o.dir, "output", "o", "", "write the profiles to `DIR`")
	flags.StringVar(&o.baseline, "baseline", "", "compare with the profiles in `DIR`, and with --update write them there")
	flags.BoolVar(&o.update, "update", false, "keep the profiles of the tests that pass as the baseline")
	flags.IntVarP(&o.jobs, "jobs", "j", o.jobs, "run up to `N` tests at once")
	o.limits.addLimits(c)
	o.forms.addTo(c)
	flags.BoolVar(&o.retained, "retained", false, "tell what is leaked by what nothing holds, as run --retained does")
	flags.BoolVar(&o.alone, "no-children", false, "record no processes that ctest's entries start, and programs without a harness")
	return c
}

// recording returns the flags of heapprof run with which each test is recorded, that of programs with a harness; Unknown
// where they are of any kind.
func (o *testOptions) recording(harness suite.System) (flags []string) {
	alone := o.alone
	if flag := record.BoundaryFlag(harness); flag != "" {
		flags = append(flags, flag)
		alone = true // the test is in the process that is started, however large others are
	}
	if o.retained {
		flags = append(flags, "--retained")
	}
	if alone && harness != suite.Pytest { // whose tests are children
		flags = append(flags, "--no-children")
	}
	return flags
}

// runTest runs a suite and shows what its tests did.
func runTest(o *testOptions) error {
	if o.jobs < 1 {
		return console.UsageError("test", errJobs(o.jobs))
	}
	var err error
	if o.rules, err = opening.ReadRules(nil, nil); err != nil {
		return console.Failure(err)
	}
	if o.allowed, err = o.limits.read(); err != nil {
		return err
	}
	system := suite.Recognize(o.args)
	if system == suite.Unknown {
		if _, err := exec.LookPath(o.args[0]); errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return console.Failure(fmt.Errorf("%s: there is no such program", wording.ShellQuote(o.args[0])))
		}
		return console.UsageError("test", errUnknownSuite(o.args))
	}
	if o.baseline != "" && !o.update {
		if _, err := os.Stat(o.baseline); errors.Is(err, fs.ErrNotExist) {
			return console.Failure(errNoTestBaseline(o.baseline))
		}
	}
	w, err := newWorkshop(o, system)
	if err != nil {
		return console.Failure(err)
	}
	defer w.close()
	return w.run()
}

// The errors of test that need no evidence.
var (
	errNoSuite     = errors.New("no suite was named: give the command that runs it, such as cargo test")
	errDoctests    = errors.New("documentation tests have no program that could be recorded: leave --doc out")
	errNoTestsRun  = errors.New("the command runs no tests: leave out what makes it list or build them only")
	errInterrupted = errors.New("interrupted: the tests that had ended are in the table, and the baseline is as it was")
)

func errJobs(n int) error {
	return fmt.Errorf("--jobs %d is no number of tests that can run at once: give 1 or more", n)
}

// errNoTestBaseline is the error for a baseline that is not there: what is to be compared with it would pass.
func errNoTestBaseline(dir string) error {
	return fmt.Errorf("%s does not exist: heapprof test --baseline %s --update writes it", wording.ShellQuote(dir), wording.ShellQuote(dir))
}

// errUnknownSuite is the error for a command whose tests are not told apart.
func errUnknownSuite(args []string) error {
	command := wording.ShellQuote(args[0])
	if name := filepath.Base(args[0]); name == "cargo" && len(args) > 1 {
		command += " " + wording.ShellQuote(args[1])
	}
	return fmt.Errorf("%s is no suite whose tests heapprof can tell apart (cargo test, cargo nextest run, ctest, pytest, programs with GoogleTest, Catch2 or Rust's harness): heapprof check -- %s judges it as a whole",
		command, command)
}

// suiteError words an error of package suite.
func suiteError(err error, args []string) error {
	command := strings.Join(args[:min(2, len(args))], " ")
	switch {
	case errors.Is(err, suite.ErrDoctests):
		return errDoctests
	case errors.Is(err, suite.ErrNoRun), errors.Is(err, suite.ErrCTestMode):
		return errNoTestsRun
	case errors.Is(err, suite.ErrNoTests):
		return fmt.Errorf("%s finds no CTestTestfile.cmake: name the directory of the build with --test-dir", command)
	case errors.Is(err, suite.ErrNoListing):
		return fmt.Errorf("%s does not list its tests as its harness does: heapprof run records it as a whole", wording.ShellQuote(args[0]))
	}
	return fmt.Errorf("%s: %w", command, err)
}

// OwnDirectory is where profiles go where there is no other place.
const OwnDirectory = ".heapprof"

// makeOwnDirectory makes a directory for profiles, which version control is to leave alone.
func makeOwnDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(ignore, []byte("*\n"), 0o666)
}
