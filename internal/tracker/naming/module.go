//go:build linux && (amd64 || arm64)

package naming

import (
	"encoding/hex"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
)

// OpenModule opens the file of a module to name its addresses, and what lies in its data. A file that another one has
// replaced by then, or that is only found in the process's own root directory, can be
// opened as long as the process runs.
func OpenModule(m replay.Module, r *symbol.Resolver) (*symbol.Module, error) {
	var elsewhere []string
	if m.Proc != 0 {
		elsewhere = append(elsewhere, m.Proc.InRoot(m.Path))
		if m.Program {
			elsewhere = append(elsewhere, m.Proc.Exe())
		}
	}
	buildID := hex.EncodeToString([]byte(m.BuildID))
	file, err := r.Open(m.Path, buildID, elsewhere...)
	if err != nil && m.Proc != 0 && (buildID != "" || !strings.HasPrefix(m.Path, memoryFile)) {
		// No file has the name any more, or never had.
		file, err = r.Open(m.Path, buildID, heldFiles(m.Proc, m.Start)...)
	}
	return file, err
}

// memoryFile begins what the kernel calls a file of memfd_create, of which several
// may have one name.
const memoryFile = "/memfd:"

// heldFiles returns paths by which the file that a process has mapped at an address may be
// opened, even if no file has its name any more.
func heldFiles(proc procfs.Process, at uint64) []string {
	all, _ := proc.Maps() // none once it has ended
	if m, ok := procfs.MappingAt(all, at); ok && m.Path != "" {
		return proc.PathsOf(m)
	}
	return nil
}
