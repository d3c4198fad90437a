package procfs

import (
	"os"
	"slices"
	"strings"
)

// File is a file that is mapped into a process, whatever it holds.
type File struct {
	Path  string
	Parts []Mapping // at least one, in ascending order
}

// Files returns the files of mappings, which ascend, in the order of addresses. A file that
// is mapped twice is there twice; one that goes on behind its zeroed variables, where
// BOLT puts the code that it has arranged, is not.
func Files(all []Mapping) []File {
	var files []File
	for _, m := range all {
		if !strings.HasPrefix(m.Path, "/") {
			continue
		}
		if n := len(files); n > 0 && files[n-1].Path == m.Path && !files[n-1].beginsAnewAt(m) {
			files[n-1].Parts = append(files[n-1].Parts, m)
		} else {
			files = append(files, File{m.Path, []Mapping{m}})
		}
	}
	return files
}

// beginsAnewAt reports whether a further mapping of the file is the first of another copy.
func (f File) beginsAnewAt(m Mapping) bool {
	return m.Offset == f.Parts[0].Offset && m.Offset != f.Parts[len(f.Parts)-1].Offset
}

// Start returns the first address of the file.
func (f File) Start() uint64 { return f.Parts[0].Start }

// End returns the address behind its last one.
func (f File) End() uint64 { return f.Parts[len(f.Parts)-1].End }

// PathFrom returns the path by which this process finds the file that p, which may have
// another root directory, has mapped.
func (f File) PathFrom(p Process) string {
	theirs := p.InRoot(f.Path)
	if exists(theirs) {
		return theirs
	}
	// With another root in other mounts the kernel names files from the root of these mounts.
	if root, err := os.Readlink(p.Path("root")); err == nil && root != "/" {
		if below, ok := strings.CutPrefix(f.Path, root+"/"); ok {
			if theirs := p.InRoot("/" + below); exists(theirs) {
				return theirs
			}
		}
	}
	if !f.HasCode() || !strings.HasSuffix(f.Path, deletedSuffix) && exists(f.Path) {
		return f.Path
	}
	// The program itself can be read also when no file has its name any more.
	if path, err := p.ExeName(); err == nil && path == f.Path {
		return p.Exe()
	}
	for _, path := range p.PathsOf(f.Parts[0]) {
		if exists(path) {
			return path
		}
	}
	return f.Path
}

// exists reports whether there is a file of that path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// HasCode reports whether any of the file may be executed.
func (f File) HasCode() bool {
	return slices.ContainsFunc(f.Parts, func(m Mapping) bool { return strings.Contains(m.Protection, "x") })
}

// PartAt returns the part that an address is in, or an empty one.
func (f File) PartAt(address uint64) Mapping {
	m, _ := MappingAt(f.Parts, address)
	return m
}

// IsReadOnly reports whether all bytes from start to end can be read and none can be
// written, and what is written once it can be reaches nobody else.
func (f File) IsReadOnly(start, end uint64) bool {
	for _, p := range f.Parts {
		if p.Start <= start && start < min(p.End, end) {
			if !strings.HasPrefix(p.Protection, "r-") || !strings.HasSuffix(p.Protection, "p") {
				return false
			}
			start = min(p.End, end)
		}
	}
	return start == end
}
