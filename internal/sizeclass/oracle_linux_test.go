package sizeclass

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// usable runs usable.c and returns what it prints: sizes, and what the allocator gives for each.
func usable(t *testing.T, cmd *exec.Cmd) (rows [][2]uint64) {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var row [2]uint64
		if _, err := fmt.Sscan(line, &row[0], &row[1]); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		rows = append(rows, row)
	}
	if len(rows) < 100 {
		t.Fatalf("it prints %d sizes", len(rows))
	}
	return rows
}

// library returns where the system has a library, or skips the test.
func library(t *testing.T, name string) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/*/" + name, "/usr/lib/" + name, "/usr/lib64/" + name} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	testkit.Skip(t, "there is no %s", name)
	return ""
}

func TestTheRulesAreThoseOfTheAllocators(t *testing.T) {
	program := testkit.Build(t, "usable.c", "-O0", "-w")
	for allocator, preload := range map[Allocator]string{Glibc: "", Jemalloc: "libjemalloc.so.2", Mimalloc: "libmimalloc.so.2*", Tcmalloc: "libtcmalloc_minimal.so.4"} {
		t.Run(string(allocator), func(t *testing.T) {
			cmd := exec.Command(program)
			if preload != "" {
				cmd.Env = append(os.Environ(), "LD_PRELOAD="+library(t, preload))
			} else {
				cmd.Env = append(os.Environ(), "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=131072") // which does not move then
			}
			for _, row := range usable(t, cmd) {
				size, got := row[0], row[1]
				if allocator == Glibc {
					const room = 64 << 10 // that an arena has left: a block that fits is not mapped alone
					if MappedLimit-32 <= size && size < MappedLimit+room {
						continue
					}
					got += 8 // the header; a block that is mapped alone has one more
					if size >= MappedLimit {
						got += 8
					}
				}
				if want := allocator.Taken(size); got != want {
					t.Errorf("it gives %d bytes for %d; by the rules %d", got, size, want)
				}
			}
		})
	}
}
