package judge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/record"
	"heapprof/internal/suite"
)

// A test system that starts programs itself is given heapprof test-runner to start them by. The files
// of one run of heapprof test are in a directory of its own:
const (
	settingsFile = "settings.json" // how to record
	programsDir  = "programs"      // the programs that cargo would have run, a file each
	resultsDir   = "results"       // what came of each test, a file each
	profilesDir  = "profiles"
)

// runnerName is the command's name, and its modes.
const (
	runnerName  = "test-runner"
	modeCollect = "collect" // write down the program, and end
	modeRecord  = "record"  // record the program, which runs one test
	modeEntry   = "entry"   // likewise, where the test's name is the first argument
)

// runnerSettings are what heapprof test tells the runners.
type runnerSettings struct {
	Recording []string // flags of heapprof run
}

// NewTestRunner returns the command that test systems start programs by. run is heapprof itself, with the
// arguments that it is to be run with, and returns its exit status.
func NewTestRunner(s *console.Streams, run func(*console.Streams, []string) int) *cobra.Command {
	return &cobra.Command{
		Use:                runnerName + " MODE DIR [NAME] PROG [ARG…]",
		Short:              "Start a program for heapprof test",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "--help" {
				return c.Help()
			}
			if len(args) < 3 {
				return record.RunFailure(errRunnerArguments)
			}
			mode, dir, rest := args[0], args[1], args[2:]
			switch {
			case mode == modeCollect:
				return collectProgram(dir, rest)
			case mode == modeRecord && suite.IsListing(rest):
				return record.RunFailure(syscall.Exec(rest[0], rest, os.Environ()))
			case mode == modeRecord:
				return recordTest(s, run, dir, os.Getenv("NEXTEST_BINARY_ID"), suite.TestName(rest, os.Getenv), rest)
			case mode == modeEntry && len(rest) > 1:
				return recordTest(s, run, dir, "", rest[0], rest[1:])
			}
			return record.RunFailure(errRunnerArguments)
		},
	}
}

var errRunnerArguments = errors.New("test-runner is for test systems that heapprof test starts")

// collectProgram writes down a program that cargo would have run.
func collectProgram(dir string, args []string) error {
	wd, err := os.Getwd()
	if err != nil {
		return record.RunFailure(err)
	}
	name := filepath.Join(dir, programsDir, fmt.Sprintf("%d.%d.json", time.Now().UnixNano(), os.Getpid()))
	if err := suite.Save(name, suite.Program{Args: args, Dir: wd, Env: os.Environ()}); err != nil {
		return record.RunFailure(err)
	}
	return nil
}

// recordTest records a program that runs one test, and ends as it ended.
func recordTest(s *console.Streams, run func(*console.Streams, []string) int, dir, group, name string, args []string) error {
	var settings runnerSettings
	if err := suite.Load(filepath.Join(dir, settingsFile), &settings); err != nil {
		return record.RunFailure(err)
	}
	if group == "" {
		group = suite.ProgramName(args[0])
	}
	file := ProfileFile(group, name)
	r := suite.Result{Group: group, Name: name, Profile: fmt.Sprintf("%d.%s", os.Getpid(), filepath.Base(file))}
	at := filepath.Join(dir, profilesDir, r.Profile)
	r.Status = run(s, recordingCommand(at, settings.Recording, args))
	if _, err := os.Stat(at); err != nil {
		r.Profile = ""
	}
	r.Ended = time.Now()
	// A test that is run again, as after a failure, counts the last time.
	if err := suite.Save(filepath.Join(dir, resultsDir, file), r); err != nil {
		s.Complain(err)
	}
	return &console.ExitError{Status: r.Status}
}

// recordingCommand returns heapprof's arguments that record a program into a file.
func recordingCommand(file string, flags, args []string) []string {
	all := append([]string{"run", "--quiet", "--output", strings.ReplaceAll(file, "%", "%%")}, flags...)
	return append(append(all, "--"), args...)
}

// ProfileFile returns the name of a test's profile, below the directory for profiles.
func ProfileFile(group, name string) string {
	if name == "" {
		name = "all"
	}
	return filepath.Join(suite.FileName(group), suite.FileName(name)+".json.gz")
}
