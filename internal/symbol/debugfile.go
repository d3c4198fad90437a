package symbol

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"

	"heapprof/internal/object"
)

// FindDebugFile returns the path of the separate debug file of the ELF file at
// path, empty where there is none or the file cannot be read.
func FindDebugFile(path string, o Options) string {
	file, err := openFile(path)
	if err != nil {
		return ""
	}
	defer file.Close() // only read
	found, err := debugFileOf(file, o.debugDirs())
	if err != nil || found == nil {
		return ""
	}
	defer found.Close()
	return found.Path
}

// debugFileOf opens the separate debug file of a file, nil where there is none. The error
// is that of reading the file itself.
func debugFileOf(file *object.File, dirs []string) (*object.File, error) {
	if found := debugByBuildID(file.BuildID, dirs); found != nil {
		return found, nil
	}
	found, err := debugByLink(file, dirs)
	if err != nil || found != nil {
		return found, err
	}
	return debugBeside(file, dirs), nil
}

// debugBeside opens the separate debug file of a file that lies in one of the directories under the file's own name, with or without
// .debug, as where somebody has gathered them; nil where there is none of its build-id.
func debugBeside(file *object.File, dirs []string) *object.File {
	if file.BuildID == "" {
		return nil
	}
	for _, dir := range dirs {
		for _, suffix := range []string{".debug", ""} {
			path := filepath.Join(dir, filepath.Base(file.Path)+suffix)
			if found := openIf(path, func(f *object.File) bool { return f.BuildID == file.BuildID && f.HasDebugInfo() }); found != nil {
				return found
			}
		}
	}
	return nil
}

// debugByBuildID opens the separate debug file of a build-id, nil where no
// directory has one.
func debugByBuildID(id string, dirs []string) *object.File {
	if len(id) < 4 || strings.Trim(id, "0123456789abcdef") != "" {
		return nil
	}
	for _, dir := range dirs {
		for _, path := range []string{
			filepath.Join(dir, ".build-id", id[:2], id[2:]+".debug"),
			filepath.Join(dir, id, "debuginfo"),
		} {
			if found := openIf(path, func(f *object.File) bool { return f.BuildID == id }); found != nil {
				return found
			}
		}
	}
	return nil
}

// debugByLink opens the separate debug file that .gnu_debuglink names. The places searched
// are gdb's ("Debugging Information in Separate Files" in its manual).
func debugByLink(file *object.File, dirs []string) (*object.File, error) {
	var name string
	var checksum uint32
	var ok bool
	err := file.Guard(func() error { name, checksum, ok = file.DebugLink(); return nil })
	if err != nil || !ok {
		return nil, err
	}
	right := func(found *object.File) bool {
		if file.BuildID != "" && found.BuildID != "" {
			return found.BuildID == file.BuildID
		}
		return found.Checksum() == checksum
	}

	var places []string
	for _, path := range withRealPath(file.Path) {
		dir := filepath.Dir(path)
		places = append(places, dir, filepath.Join(dir, ".debug"))
		for _, debugDir := range dirs {
			places = append(places, filepath.Join(debugDir, dir))
		}
	}
	for _, dir := range places {
		path := filepath.Join(dir, filepath.Base(name))
		if path == file.Path {
			continue
		}
		if found := openIf(path, right); found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// debugAlt opens the file to which dwz moved what several debug files have in common, nil
// if there is none or it is missing. The error is that of reading the file itself.
func debugAlt(file *object.File, dirs []string) (*object.File, error) {
	var path string
	var id []byte
	err := file.Guard(func() error { path, id = file.AltLink(); return nil })
	if err != nil || path == "" {
		return nil, err
	}
	want := hex.EncodeToString(id)
	right := func(found *object.File) bool {
		return found.BuildID == want || found.BuildID == ""
	}

	var places []string
	if filepath.IsAbs(path) {
		places = append(places, path)
		// Distributions write where the package will be installed; look in the
		// debug directories too, which may be elsewhere.
		if under, ok := strings.CutPrefix(path, "/usr/lib/debug/"); ok {
			for _, dir := range dirs {
				places = append(places, filepath.Join(dir, under))
			}
		}
	} else {
		for _, from := range withRealPath(file.Path) {
			places = append(places, filepath.Join(filepath.Dir(from), path))
		}
	}
	for _, place := range places {
		if found := openIf(place, right); found != nil {
			return found, nil
		}
	}
	return debugByBuildID(want, dirs), nil
}

// withRealPath returns the path and, where it leads through symbolic links, the path that
// it leads to.
func withRealPath(path string) []string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == path {
		return []string{path}
	}
	return []string{path, real}
}

// openFile opens an ELF file whose tables can be read.
func openFile(path string) (*object.File, error) {
	file, err := object.Open(path)
	if err != nil {
		return nil, err
	}
	if err := file.CheckLayout(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// openIf opens the ELF file at path if there is one that right accepts, else it returns
// nil.
func openIf(path string, right func(*object.File) bool) *object.File {
	file, err := openFile(path)
	if err != nil {
		return nil
	}
	ok := false
	err = file.Guard(func() error { ok = right(file); return nil })
	if err != nil || !ok {
		_ = file.Close() // nothing was written to it
		return nil
	}
	return file
}
