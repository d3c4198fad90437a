//go:build linux && amd64

package cmd

import (
	"os"
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
