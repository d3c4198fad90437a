//go:build linux && amd64

package recordtest

import (
	"os"
	"path/filepath"
	"testing"

	"heapprof/internal/testkit"
)

// What the kernel runs may be the loader, and the file may have several names.
func TestAProgramIsCalledAsItWasStarted(t *testing.T) {
	built := testkit.Build(t, "tree.c")
	dir := t.TempDir()
	program, link, hard := filepath.Join(dir, "program"), filepath.Join(dir, "link"), filepath.Join(dir, "hard")
	copyOver(t, built, program)
	for _, err := range []error{os.Symlink("program", link), os.Link(program, hard)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	static := filepath.Join(dir, "static")
	if err := os.Symlink(testkit.Build(t, "tree.c", "-O0", "-g", "-static"), static); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"by the loader", []string{"sh", "-c", `exec /lib64/ld-linux-x86-64.so.2 --library-path /nowhere "$@"`, "sh", program}, program},
		{"by a link", []string{link}, link},
		{"by a hard link", []string{hard}, hard},
		{"by a relative name", []string{"sh", "-c", `cd "$1"; exec ./link`, "sh", dir}, link},
		{"a static one by a link", []string{static}, static},
		{"by a descriptor", []string{"sh", "-c", `exec 9<"$1"; exec /proc/self/fd/9`, "sh", link}, program},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := record(t, nil, test.args[0], test.args[1:]...)
			if got := r.Profile.Modules[0].Path; got != test.want {
				t.Errorf("the program is called %q, want %q", got, test.want)
			}
			wantOwnCounts(t, r, "tree.c")
		})
	}
}
