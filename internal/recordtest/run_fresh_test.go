//go:build linux && amd64

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// dirtyRow is what testdata/programs/fresh.cc says of the blocks that a function made.
var dirtyRow = regexp.MustCompile(`(?m)^(.*): (\d+) dirty, (\d+) touching, (\d+) wrong$`)

// TestBlocksAreFreshWhereOwnersAreWanted holds that new blocks hold nothing, lie apart, and are what
// was asked for, under each allocator; that requests fail as they do without; and that the heap
// is above 4 GiB, with sbrk at work.
func TestBlocksAreFreshWhereOwnersAreWanted(t *testing.T) {
	build := func(flags ...string) string {
		return testkit.BuildWith(t, "g++", "fresh.cc", append([]string{"-std=c++17", "-O1"}, flags...)...)
	}
	below, pie, static := build("-no-pie"), build("-fPIE", "-pie"), build("-static")
	for name, row := range map[string]struct {
		bin, library string // that is preloaded
		args         []string
		grown        bool // what a realloc grows by may hold something
	}{
		"glibc":      {bin: below},
		"glibc, pie": {bin: pie},
		"jemalloc":   {bin: below, library: "libjemalloc.so.2"},
		"mimalloc":   {bin: below, library: "libmimalloc.so.2", args: []string{"quiet"}},
		"tcmalloc":   {bin: below, library: "libtcmalloc_minimal.so.4"},
		"static":     {bin: static, args: []string{"patched", "quiet"}, grown: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			native := exec.Command(row.bin, row.args...)
			if row.library != "" {
				native.Env = append(os.Environ(), "LD_PRELOAD="+findLibrary(t, row.library))
			}
			want := testkit.Run(t, native)
			out := filepath.Join(t.TempDir(), "p.json")
			cmd := heapprofRun([]string{"-q", "--retained", "-o", out}, row.bin, row.args...)
			cmd.Env = native.Env
			got := testkit.Run(t, cmd)
			if got.Status != 0 || got.Stderr != "" {
				t.Fatalf("status %d\n%s", got.Status, got.Stderr)
			}
			if !dirtyRow.MatchString(want.Stdout) || !strings.Contains(want.Stdout, " 289 dirty") && !strings.Contains(want.Stdout, " 288 dirty") {
				t.Errorf("natively blocks hold nothing either:\n%s", want.Stdout)
			}
			for _, m := range dirtyRow.FindAllStringSubmatch(got.Stdout, -1) {
				if m[3]+m[4] != "00" || m[2] != "0" && !(row.grown && m[1] == "grown") {
					t.Error(m[0])
				}
			}
			if failing := func(out string) string { return regexp.MustCompile(`(?m)^.* requests fail.*$`).FindString(out) }; failing(got.Stdout) != failing(want.Stdout) {
				t.Errorf("%s; natively %s", failing(got.Stdout), failing(want.Stdout))
			}
			if !strings.Contains(got.Stdout, "blocks are above 4 GiB, the break is above, sbrk gives memory") {
				t.Error(got.Stdout[strings.LastIndex(strings.TrimSpace(got.Stdout), "\n")+1:])
			}
			p := readRecording(t, out)
			for _, s := range p.Recording.Snapshots {
				if !s.Padded {
					t.Errorf("the snapshot of %s says that blocks are not apart", s.Kind)
				}
			}
			if !slices.ContainsFunc(p.Recording.Snapshots, func(s profile.Snapshot) bool { return s.Kind == profile.ExitSnapshot }) {
				t.Errorf("there is no snapshot of the exit; %v", p.Recording.Notes)
			}
		})
	}
}
