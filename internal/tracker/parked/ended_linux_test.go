//go:build linux && (amd64 || arm64)

package parked

import (
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

// TestAProgramThatEndsWhileItIsLetGoOnEndsForAll is of a program that ends when only some of its threads have been let go
// of. The others end as threads that are traced: nobody is told of the program's end as long as they are.
func TestAProgramThatEndsWhileItIsLetGoOnEndsForAll(t *testing.T) {
	program := testkit.Build(t, "hasty.c", "-O2", "-pthread")
	for name, args := range map[string][]string{"a child": {program}, "a child's child": {"sh", "-c", program + "; exit $?"}} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				s := start(t, args...)
				if children := procfs.Process(s.pid).Children(); args[0] == "sh" && len(children) == 1 {
					s.pid = int(children[0])
				}
				c := NewCopier(Options{Stamp: func() uint64 { return 0 }})
				made, err := c.Copy(s.pid, 0) // fails if the program has seen it too early
				if _, status := s.Finish(t); status != 0 {
					t.Errorf("status %d", status)
				}
				if err == nil {
					made.Close()
				}
				c.Close()
			}
		})
	}
}
