package format

import (
	"bytes"
	"encoding/binary"

	"heapprof/internal/profile"
)

// refusal is a file of another tool that is told apart only to say what to do instead of reading it.
type refusal struct {
	is     func(head []byte) bool
	reason string // as of a profile.FormatError
}

// refusals returns what is refused.
func refusals() []refusal {
	const csv = "; memray transform csv CAPTURE writes one that can be read"
	return []refusal{
		{isCapture, "is a capture of memray's, which only memray can read" + csv},
		{isSpeedscope, "is a file for speedscope, which does not say of what its numbers are: give the file that it was made from, " +
			"or where that is a capture of memray's, what memray transform csv CAPTURE writes"},
		{isMemrayPage, "is a page of memray's" + csv},
		{isCallgrind, "is a file of callgrind's form, which has no column of a heap that is known; " +
			"valgrind --xtree-memory=full --xtree-memory-file=NAME.ms, whose name must end in .ms, writes one that can be read"},
		{isBytehound, "looks like a recording of bytehound's, which only bytehound can read; its server exports it in heaptrack's format, which can be read"},
	}
}

// refuse returns the error for a file that is of none of the formats but is known all the same; nil where it is not.
func refuse(head []byte) error {
	for _, r := range refusals() {
		if r.is(head) {
			return profile.Formatf("%s", r.reason)
		}
	}
	return nil
}

// isCapture reports whether a file is memray's own: compressed by LZ4, which leaves its first bytes as they are, or not.
func isCapture(head []byte) bool {
	const magic = "memray\x00"
	if bytes.HasPrefix(head, []byte(magic)) {
		return true
	}
	lz4 := []byte{0x04, 0x22, 0x4d, 0x18}
	return bytes.HasPrefix(head, lz4) && bytes.Contains(head[:min(len(head), 64)], []byte(magic))
}

func isMemrayPage(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("<!DOCTYPE html>")) && bytes.Contains(head, []byte("<title>memray"))
}

// isSpeedscope reports whether a file is JSON that names speedscope's schema, or speedscope as what wrote it. Within a string, as of a command,
// these quotes would be escaped.
func isSpeedscope(head []byte) bool {
	if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) {
		return false
	}
	for _, mark := range []string{
		`"$schema":"https://www.speedscope.app/file-format-schema.json"`,
		`"$schema": "https://www.speedscope.app/file-format-schema.json"`,
		`"exporter":"speedscope@`,
		`"exporter": "speedscope@`,
	} {
		if bytes.Contains(head, []byte(mark)) {
			return true
		}
	}
	return false
}

func isCallgrind(head []byte) bool { return bytes.HasPrefix(head, []byte("# callgrind format\n")) }

// isBytehound reports whether a file is of pieces, of which each has one byte for its kind and four for its length: it has
// no mark of its own.
func isBytehound(head []byte) bool {
	const kinds, largest = 2, 1 << 20
	for range 2 {
		if len(head) < 6 || head[0] == 0 || head[0] > kinds {
			return false
		}
		length := binary.LittleEndian.Uint32(head[1:])
		if length == 0 || length > largest || int(length)+5 > len(head) {
			return false
		}
		head = head[5+length:]
		if len(head) == 0 {
			return true
		}
	}
	return true
}
