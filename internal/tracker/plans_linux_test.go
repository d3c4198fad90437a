//go:build linux && (amd64 || arm64)

package tracker

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
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
			var patched atomic.Int64 // files are planned beside each other
			result, output := withOutput(t, func() (*Result, error) {
				return record(Options{Args: []string{program}, Depth: 128}, target{
					Program: launch.Program{Name: program, Path: program, Args: []string{program}}, machine: launch.Machine(), stamp: clock.Stamp,
					readPlan: func(path string, o patch.Options) (*patch.Plan, error) {
						if filepath.Base(path) == filepath.Base(program) {
							path = other
						}
						plan, err := patch.Read(path, o)
						if err == nil {
							patched.Add(int64(len(plan.Patches)))
						}
						return plan, err
					},
				})
			})
			if patched.Load() == 0 {
				t.Fatal("nothing was planned")
			}
			if output != native.Stdout || result.ExitCode != native.Status || result.Signal != 0 {
				t.Errorf("status %d, signal %d and output %q; natively %d and %q", result.ExitCode, result.Signal, output, native.Status, native.Stdout)
			}
			applied := len(result.Allocators) > 0
			said := strings.Contains(noteText(result), string(profile.FileChanged))
			if want := name == "the same"; applied != want || said == want {
				t.Errorf("patched: %v; unseen: %q", result.Allocators, noteText(result))
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
			if unseen := noteText(result); len(result.Allocators) > 0 || !strings.Contains(unseen, string(profile.CodeNotReadOnly)) {
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

// TestRunSaysThatALoaderCouldNotBePatched gives a program another loader's plan, as if
// that had no room for a jump, or a debugger's breakpoint stood there.
func TestRunSaysThatALoaderCouldNotBePatched(t *testing.T) {
	host := testkit.Build(t, "loaded.c", "-O2", "-g", "-pthread", "-rdynamic", "-fno-builtin")
	plugin := testkit.Build(t, "pool_plugin.c", "-O2", "-g", "-shared", "-fPIC", "-fno-builtin")
	for want, change := range map[string]func(*patch.Plan){
		string(profile.NeedsRoom): func(p *patch.Plan) {
			p.Patches, p.Refused = nil, []patch.Refusal{{Name: allocator.LoaderState, Reason: &patch.Reason{Code: patch.NeedsRoom, Count: 65}}}
		},
		string(profile.FileChanged): func(p *patch.Plan) { p.Patches[0].Expected[0]++ },
		"":                          func(*patch.Plan) {},
	} {
		result, output := withOutput(t, func() (*Result, error) {
			return record(Options{Args: []string{host, "now", "1", plugin}, Depth: 128}, target{
				Program: launch.Program{Name: host, Path: host, Args: []string{host, "now", "1", plugin}}, machine: launch.Machine(), stamp: clock.Stamp,
				readPlan: func(path string, o patch.Options) (*patch.Plan, error) {
					plan, err := patch.Read(path, o)
					if err == nil && len(plan.Patches) > 0 && plan.Patches[0].Family == allocator.LoaderFamily {
						change(plan)
					}
					return plan, err
				},
			})
		})
		if result.ExitCode != 0 || result.Signal != 0 {
			t.Fatalf("status %d, signal %d\n%s", result.ExitCode, result.Signal, output)
		}
		unseen := noteText(result)
		said := false
		if notes := result.Profile.Recording.Notes; len(notes) == 1 {
			n := notes[0]
			said = n.Code == profile.AllocatorLoadedLate && slices.Equal(n.Files, []string{"libpool_plugin.so"}) &&
				slices.Equal(n.Allocators, []string{"jemalloc"}) && strings.Contains(fmt.Sprint(n.Causes), want)
		}
		if want != "" && !said || want == "" && (unseen != "" || len(result.Allocators) != 1) {
			t.Errorf("%q: patched: %v; unseen: %q", want, result.Allocators, unseen)
		}
	}
}

// noteText joins what is noted about a recording.
func noteText(r *Result) string {
	var b strings.Builder
	for _, n := range r.Profile.Recording.Notes {
		fmt.Fprintf(&b, "%+v\n", n)
	}
	return b.String()
}
