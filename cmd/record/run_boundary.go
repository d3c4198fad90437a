package record

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"heapprof/internal/suite"
	"heapprof/internal/tracker"
)

// runBoundary is whether only what a program's tests allocate is to be recorded: heapprof test asks for that.
type runBoundary struct {
	harness string // one of boundaryNames; "": everything is recorded
}

// boundaryNames are the harnesses whose own blocks can be left out.
var boundaryNames = map[string]suite.System{"libtest": suite.Libtest, "gtest": suite.GoogleTest, "catch2": suite.Catch2}

// forkedHarness stands for those that fork a process for each test, whose blocks count from there on.
const forkedHarness = "pytest"

// BoundaryFlag returns the flag for a harness; "" for one that none is for.
func BoundaryFlag(s suite.System) string {
	if s == suite.Pytest {
		return "--tests-of=" + forkedHarness
	}
	for name, system := range boundaryNames {
		if system == s {
			return "--tests-of=" + name
		}
	}
	return ""
}

var errBoundarySample = errors.New("--tests-of needs every block, and --sample leaves most out: leave one of them out")

// addTo adds the flag to the command.
func (b *runBoundary) addTo(c *cobra.Command) {
	c.Flags().StringVar(&b.harness, "tests-of", "", "leave out what the `HARNESS` of tests allocates itself")
	c.Flags().Lookup("tests-of").Hidden = true
}

// ask asks the recorder for it.
func (b *runBoundary) ask(a *tracker.Options) error {
	switch b.harness {
	case "":
		return nil
	case forkedHarness:
		a.Afresh = true
		return nil
	}
	system, known := boundaryNames[b.harness]
	if !known {
		return fmt.Errorf("--tests-of %s is no harness that is known", b.harness)
	}
	if a.Sample != 0 {
		return errBoundarySample
	}
	sides := map[suite.Side]tracker.Side{suite.NoSide: tracker.Neither, suite.Tests: tracker.Inside, suite.Harness: tracker.Outside}
	of := suite.Boundary(system)
	a.Boundary = func(symbol string) tracker.Side { return sides[of(symbol)] }
	return nil
}
