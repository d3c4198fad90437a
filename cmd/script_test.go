package cmd

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"heapprof/internal/testkit"
)

// TestMain lets the test binary stand in for heapprof itself, so that scripts
// and tests start it as a user would.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"heapprof": func() { os.Exit(Main(os.Args[1:])) },
	})
}

// TestScripts runs the command-line tests: one file a feature.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../testdata/script",
		Setup: func(env *testscript.Env) error {
			profiles, err := filepath.Abs("../testdata/profiles") // as other tools wrote them
			env.Setenv("PROFILES", profiles)
			return err
		},
		Condition: func(cond string) (bool, error) {
			// [!exec:gcc] skip … is testscript's own; [require] says that
			// a missing tool is a failure.
			if cond == "require" {
				return testkit.RequireAll(), nil
			}
			return false, nil
		},
		UpdateScripts: os.Getenv("HEAPPROF_UPDATE_SCRIPTS") != "",
	})
}
