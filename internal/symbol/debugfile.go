package symbol

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"path/filepath"
	"strings"
)

// FindDebugFile returns the path of the separate debug file of the ELF file at
// path, empty where there is none or the file cannot be read.
func FindDebugFile(path string, o Options) string {
	im, err := openImage(path)
	if err != nil {
		return ""
	}
	defer im.close() // only read
	var found *image
	if err := guard(path, func() { found = debugFileOf(im, o.debugDirs()) }); err != nil || found == nil {
		return ""
	}
	defer found.close()
	return found.path
}

// debugFileOf opens the separate debug file of a file, nil where there is none.
func debugFileOf(im *image, dirs []string) *image {
	if found := debugByBuildID(im.buildID, dirs); found != nil {
		return found
	}
	return debugByLink(im, dirs)
}

// debugByBuildID opens the separate debug file of a build-id, nil where no
// directory has one.
func debugByBuildID(id string, dirs []string) *image {
	if len(id) < 4 || strings.Trim(id, "0123456789abcdef") != "" {
		return nil
	}
	for _, dir := range dirs {
		for _, path := range []string{
			filepath.Join(dir, ".build-id", id[:2], id[2:]+".debug"),
			filepath.Join(dir, id, "debuginfo"),
		} {
			if im := openIf(path, func(im *image) bool { return im.buildID == id }); im != nil {
				return im
			}
		}
	}
	return nil
}

// debugByLink opens the separate debug file that .gnu_debuglink names: a file
// name, padded to four bytes, and the CRC-32 of that file. The places searched
// are gdb's ("Debugging Information in Separate Files" in its manual).
func debugByLink(im *image, dirs []string) *image {
	link := im.section(".gnu_debuglink")
	name, rest, ok := bytes.Cut(link, []byte{0})
	if !ok || len(name) == 0 || len(rest) < 4 {
		return nil
	}
	sum := binary.LittleEndian.Uint32(link[len(link)-4:])
	right := func(found *image) bool {
		if im.buildID != "" && found.buildID != "" {
			return found.buildID == im.buildID
		}
		return crc32.ChecksumIEEE(found.data) == sum
	}

	var places []string
	for _, path := range withRealPath(im.path) {
		dir := filepath.Dir(path)
		places = append(places, dir, filepath.Join(dir, ".debug"))
		for _, debugDir := range dirs {
			places = append(places, filepath.Join(debugDir, dir))
		}
	}
	for _, dir := range places {
		path := filepath.Join(dir, filepath.Base(string(name)))
		if path == im.path {
			continue
		}
		if found := openIf(path, right); found != nil {
			return found
		}
	}
	return nil
}

// debugAlt opens the file to which dwz moved what several debug files have in
// common, nil if there is none or it is missing: named by .gnu_debugaltlink (path, then build-id) or by DWARF 5's
// .debug_sup (section 7.3.6: version, flag, path, length, checksum).
func debugAlt(im *image, dirs []string) *image {
	var name, id []byte
	if link := im.section(".gnu_debugaltlink"); link != nil {
		name, id, _ = bytes.Cut(link, []byte{0})
	} else if sup := im.debugSection("sup"); len(sup) > 3 && sup[2] == 0 {
		name, id, _ = bytes.Cut(sup[3:], []byte{0})
		if len(id) > 0 && int(id[0]) < len(id) {
			id = id[1 : 1+int(id[0])]
		}
	}
	if len(name) == 0 {
		return nil
	}
	want := hex.EncodeToString(id)
	right := func(found *image) bool {
		return found.buildID == want || found.buildID == ""
	}

	path := string(name)
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
		for _, from := range withRealPath(im.path) {
			places = append(places, filepath.Join(filepath.Dir(from), path))
		}
	}
	for _, place := range places {
		if found := openIf(place, right); found != nil {
			return found
		}
	}
	return debugByBuildID(want, dirs)
}

// withRealPath returns the path and, where links lead elsewhere, what it leads to.
func withRealPath(path string) []string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == path {
		return []string{path}
	}
	return []string{path, real}
}

// openIf opens the ELF file at path if it is there and the right one.
func openIf(path string, right func(*image) bool) *image {
	im, err := openImage(path)
	if err != nil {
		return nil
	}
	ok := false
	err = guard(path, func() { ok = right(im) })
	if err != nil || !ok {
		_ = im.close() // nothing was written to it
		return nil
	}
	return im
}
