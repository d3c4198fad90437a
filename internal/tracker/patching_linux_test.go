//go:build linux && (amd64 || arm64)

package tracker

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
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

// TestCodeThatIsNotMappedAsUsualIsLeftAlone has programs whose code cannot be read, and
// would have been compared, or can be written to, and would have been protected.
func TestCodeThatIsNotMappedAsUsualIsLeftAlone(t *testing.T) {
	program := testkit.Build(t, "own_malloc.c", "-O1", "-g")
	native := testkit.Run(t, exec.Command(program))
	for name, flags := range map[string]elf.ProgFlag{
		"only executed": elf.PF_X,
		"written to":    elf.PF_R | elf.PF_W | elf.PF_X,
	} {
		t.Run(name, func(t *testing.T) {
			other := withCodeFlags(t, program, flags)
			result, output := withOutput(t, func() (*Result, error) { return Run(Options{Args: []string{other}, Depth: 128}) })
			if output != native.Stdout || result.ExitCode != native.Status || result.Signal != 0 {
				t.Errorf("status %d, signal %d and output %q; natively %d and %q", result.ExitCode, result.Signal, output, native.Status, native.Stdout)
			}
			if unseen := strings.Join(result.Unseen, "\n"); len(result.Allocators) > 0 || !strings.Contains(unseen, "its code can be written to, or cannot be read") {
				t.Errorf("patched: %v; unseen: %q", result.Allocators, unseen)
			}
		})
	}
}

// withCodeFlags returns a copy of a program that asks for other rights to its code.
func withCodeFlags(t *testing.T, program string, flags elf.ProgFlag) string {
	t.Helper()
	image, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var header elf.Header64
	if _, err := binary.Decode(image, binary.LittleEndian, &header); err != nil {
		t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range file.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 {
			const flagsAt = 4 // in Elf64_Phdr
			at := int(header.Phoff) + i*int(header.Phentsize) + flagsAt
			binary.LittleEndian.PutUint32(image[at:], uint32(flags))
		}
	}
	other := filepath.Join(t.TempDir(), filepath.Base(program))
	if err := os.WriteFile(other, image, 0o755); err != nil {
		t.Fatal(err)
	}
	return other
}
