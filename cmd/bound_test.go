//go:build linux && amd64

package cmd

import (
	"os"
	"path/filepath"
	"testing"

	"heapprof/internal/testkit"
)

// TestWhoeverBindsToTheCLibraryFirstIsRecorded has a library allocate by references that
// do not lead to the preloaded one, and the program free what it made and the other way
// round: each block counts once, whichever way it goes.
func TestWhoeverBindsToTheCLibraryFirstIsRecorded(t *testing.T) {
	host := testkit.Build(t, "bound.c", "-O1", "-g", "-fno-builtin", "-rdynamic")
	library := testkit.Build(t, "bound_library.c", "-O1", "-g", "-fno-builtin", "-shared", "-fPIC", "-pthread")
	wrapper := testkit.Build(t, "wrapper.c", "-O1", "-g", "-shared", "-fPIC")
	for _, c := range []struct{ name, way, preload string }{
		{name: "plain", way: "plain"},
		{name: "RTLD_DEEPBIND", way: "deepbind"},
		{name: "by a handle", way: "handle"},
		{name: "by the C library's own names", way: "names"},
		{name: "dlmopen", way: "namespace"},
		{name: "plain, over a wrapper", way: "plain", preload: wrapper},
		{name: "dlmopen, beside a wrapper", way: "namespace", preload: wrapper},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "p.json")
			cmd := heapprofRun([]string{"-q", "-o", file}, host, c.way, library)
			cmd.Env = append(os.Environ(), "LD_PRELOAD="+c.preload)
			r := recordCommand(t, cmd, file)
			if r.Status != 0 || r.Stderr != "" {
				t.Fatalf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, "bound.c", "bound_library.c")
			if n := r.Profile.Extra.Counts.UnknownFrees; n != 0 {
				t.Errorf("%d frees of unknown blocks", n)
			}
		})
	}
}
