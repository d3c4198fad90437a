//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// heldFiles returns paths by which the file that a process has mapped at an address
// may be opened though it was deleted, or never had a name: the kernel's own, for which
// it wants privileges, and those of the process's descriptors.
func heldFiles(proc int, at uint64) []string {
	mappings, err := readMappings(proc)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(mappings, func(m mapping) bool { return m.start <= at && at < m.end })
	if i < 0 || mappings[i].path == "" {
		return nil
	}
	return mappings[i].held(proc)
}

// held is heldFiles of what is mapped there.
func (m mapping) held(proc int) []string {
	paths := []string{fmt.Sprintf("/proc/%d/map_files/%x-%x", proc, m.start, m.end)}
	descriptors, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", proc))
	for _, d := range descriptors {
		if leads, err := os.Readlink(d); err == nil && leads == m.path {
			paths = append(paths, d)
		}
	}
	return paths
}
