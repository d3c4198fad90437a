//go:build linux && amd64

package recordtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/testkit"
)

// TestWhoeverBindsToTheCLibraryFirstIsRecorded has a library allocate by references that
// do not lead to the preloaded one, and the program free what it made and the other way
// round: each block counts once, whichever way it goes.
func TestWhoeverBindsToTheCLibraryFirstIsRecorded(t *testing.T) {
	host, library := buildBound(t)
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
			if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
				t.Errorf("%d frees of unknown blocks", n)
			}
		})
	}
}

func buildBound(t *testing.T) (host, library string) {
	t.Helper()
	return testkit.Build(t, "bound.c", "-O1", "-g", "-fno-builtin"),
		testkit.Build(t, "bound_library.c", "-O1", "-g", "-fno-builtin", "-shared", "-fPIC", "-pthread")
}

// TestWhereTheCLibraryIsNotPatchedWhoBindsToItIsNamed, and nobody else is.
func TestWhereTheCLibraryIsNotPatchedWhoBindsToItIsNamed(t *testing.T) {
	host, library := buildBound(t)
	for _, c := range []struct {
		way, why        string
		flags, launcher []string
	}{
		{way: "deepbind", why: "--no-patch leaves alone", flags: []string{"--no-patch"}},
		{way: "namespace", why: "--no-patch leaves alone", flags: []string{"--no-patch"}},
		{way: "plain", flags: []string{"--no-patch"}},
		{way: "deepbind", why: "could not be patched: the system does not let its code be changed", launcher: []string{testkit.Build(t, "unwritable.c", "-O1")}},
	} {
		t.Run(c.way+" "+c.why, func(t *testing.T) {
			command := append(c.launcher, host, c.way, library)
			r := record(t, c.flags, command[0], command[1:]...)
			if r.Status != 0 {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			words := strings.Join(wording.NoteLines(r.Profile.Recording.Notes), "\n")
			named := strings.HasPrefix(words, filepath.Base(library)+": ") && strings.HasSuffix(words, c.why) && !strings.Contains(words, "\n")
			if named != (c.why != "") || c.why == "" && words != "" {
				t.Errorf("unseen: %q, want the library named for %q", words, c.why)
			}
		})
	}
}
