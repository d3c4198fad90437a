//go:build linux && (amd64 || arm64)

package attach

import (
	"heapprof/internal/procfs"
	"heapprof/internal/tracker/undo"
)

// AddUndo notes what the target, or a child that it has forked, is about to change of itself: nothing of that
// may be changed if it fails.
func (t *Target) AddUndo(p procfs.Process, changes []undo.Change) error {
	memory, err := openMemory(p)
	if err != nil {
		return err
	}
	defer memory.Close()
	record, err := undo.Open(memory, t.Undo)
	if err != nil {
		return err
	}
	return record.AddChanges(changes)
}
