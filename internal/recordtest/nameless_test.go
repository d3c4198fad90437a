//go:build linux && amd64

package recordtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// What is unpacked, loaded and deleted at once, as installers and language runtimes do
// with their libraries, can be read as long as the program has it.
func TestFunctionsOfALibraryWithoutAFileHaveNames(t *testing.T) {
	host := testkit.Build(t, "nameless_library.c")
	plugin := testkit.Build(t, "plugin.c", "-O0", "-g", "-shared", "-fPIC")
	for _, way := range []string{"memfd", "held", "deleted", "brief", "brief-memfd"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			if !strings.HasSuffix(way, "memfd") && way != "held" && os.Geteuid() != 0 {
				t.Skip("the kernel opens /proc/PID/map_files for root only")
			}
			r := record(t, nil, host, way, plugin)
			wantStacks(t, functionStacks(r.Profile, "nameless_library.c", "plugin.c"), map[string]uint64{"plugin_inner < plugin_outer < plugin_allocate < main": 20})
		})
	}
}

func TestFunctionsOfAStrippedProgramAreToldByWhereTheyBegin(t *testing.T) {
	program := testkit.Build(t, "tree.c", "-O0")
	stripped := filepath.Join(t.TempDir(), "tree")
	if out, err := exec.Command(testkit.Tool(t, "strip"), "-o", stripped, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	begins := make(map[string]uint64)
	for _, s := range testkit.Symbols(t, program) {
		begins[s.Name] = s.Value
	}
	r := record(t, nil, stripped)
	report := testkit.Run(t, exec.Command("heapprof", "report", "--format", "csv", r.File))
	if site := fmt.Sprintf("entry,0,tree fn@%#x,", begins["new_node"]); strings.Count(report.Stdout, "\n"+site) != 1 {
		t.Errorf("%q is not one site:\n%s", site, report.Stdout)
	}
	tree := testkit.Run(t, exec.Command("heapprof", "report", "--tree", r.File))
	if want := fmt.Sprintf("├ fn@%#x\n", begins["insert"]); !strings.Contains(tree.Stdout, want) {
		t.Errorf("insert is not in the tree as %s:\n%s", want, tree.Stdout)
	}
}
