// Package recordtest holds what is recorded of real programs against what these count themselves, what other tools see of them,
// and what the programs print and end with when nobody records them. Its tests start heapprof as a user would; what each
// test program counts stands in testdata/programs.
package recordtest

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"heapprof/cmd"
)

// TestMain lets the test binary stand in for heapprof itself.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"heapprof": func() { os.Exit(cmd.Main(os.Args[1:])) },
	})
}
