//go:build linux && (amd64 || arm64)

package tracker

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch"
)

// TestAPlanForAnotherFileIsNotApplied gives a program the plan of another build of it,
// as if the file had been replaced since it was loaded: once of other code, and once of
// the same code under another build-id.
func TestAPlanForAnotherFileIsNotApplied(t *testing.T) {
	program := testkit.Build(t, "own_malloc.c", "-O1", "-g", "-Wl,--build-id=0x0123456789abcdef")
	native := testkit.Run(t, exec.Command(program))
	for name, other := range map[string]string{
		"other code":     testkit.Build(t, "own_malloc.c", "-O0", "-g", "-Wl,--build-id=0x0123456789abcdef"),
		"other build-id": testkit.Build(t, "own_malloc.c", "-O1", "-g", "-Wl,--build-id=0xfedcba9876543210"),
		"the same":       program,
	} {
		t.Run(name, func(t *testing.T) {
			patched := 0
			result, output := withOutput(t, func() (*Result, error) {
				return record(Options{Args: []string{program}, Depth: 128}, target{
					name: program, path: program, args: []string{program}, machine: machines[runtime.GOARCH], stamp: stamp,
					readPlan: func(path string, o patch.Options) (*patch.Plan, error) {
						if filepath.Base(path) == filepath.Base(program) {
							path = other
						}
						plan, err := patch.Read(path, o)
						if err == nil {
							patched += len(plan.Patches)
						}
						return plan, err
					},
				})
			})
			if patched == 0 {
				t.Fatal("nothing was planned")
			}
			if output != native.Stdout || result.ExitCode != native.Status || result.Signal != 0 {
				t.Errorf("status %d, signal %d and output %q; natively %d and %q", result.ExitCode, result.Signal, output, native.Status, native.Stdout)
			}
			applied := len(result.Allocators) > 0
			said := strings.Contains(strings.Join(result.Unseen, "\n"), "has changed since it was loaded")
			if want := name == "the same"; applied != want || said == want {
				t.Errorf("patched: %v; unseen: %q", result.Allocators, result.Unseen)
			}
		})
	}
}
