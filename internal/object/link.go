package object

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// DebugLink returns what .gnu_debuglink says: the name of the separate debug file, and the
// checksum of it, as [File.Checksum] makes it. It reports false where there is none. See
// "Debugging Information in Separate Files" in gdb's manual.
func (f *File) DebugLink() (name string, checksum uint32, ok bool) {
	link := f.Content(".gnu_debuglink")
	text, rest, ok := bytes.Cut(link, []byte{0})
	if !ok || len(text) == 0 || len(rest) < 4 { // the name is padded to four bytes
		return "", 0, false
	}
	return string(text), binary.LittleEndian.Uint32(link[len(link)-4:]), true
}

// Checksum returns the CRC-32 of the whole file.
func (f *File) Checksum() uint32 { return crc32.ChecksumIEEE(f.data) }

// AltLink returns the path and the build-id, as bytes, of the file to which dwz moved what
// several debug files have in common: from .gnu_debugaltlink (path, then build-id) or from
// DWARF 5's .debug_sup (section 7.3.6: version, flag, path, length, checksum). The path is
// empty where there is none.
func (f *File) AltLink() (path string, id []byte) {
	var name []byte
	if link := f.Content(".gnu_debugaltlink"); link != nil {
		name, id, _ = bytes.Cut(link, []byte{0})
	} else if sup := f.DebugContent("sup"); len(sup) > 3 && sup[2] == 0 {
		name, id, _ = bytes.Cut(sup[3:], []byte{0})
		if len(id) > 0 && int(id[0]) < len(id) {
			id = id[1 : 1+int(id[0])]
		}
	}
	return string(name), id
}
