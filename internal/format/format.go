// Package format knows the file formats of profiles: it tells them apart, and reads
// and writes files of any of them, compressed or not.
//
// A format is a package that turns bytes into a profile.Profile and back, and one line
// in formats. Of ours the package imports these codecs, profile, and wholefile.
package format

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"

	"heapprof/internal/dhat"
	"heapprof/internal/format/gperftools"
	"heapprof/internal/format/heaptrack"
	"heapprof/internal/format/jemalloc"
	"heapprof/internal/format/massif"
	"heapprof/internal/format/memray"
	"heapprof/internal/format/pprof"
	"heapprof/internal/profile"
)

// Format is a file format of profiles.
type Format struct {
	Name string // as people call it
	// Detect reports whether a file is of the format, by its first bytes: detectBytes of
	// them, or as many as there are.
	Detect func(head []byte) bool
	// Read reads a profile. What is wrong with the content is a *profile.FormatError,
	// any other error the reader's own.
	Read func(io.Reader) (*profile.Profile, error)
	// Check returns why a profile cannot be written, before anything is; Write writes one that can.
	// Both are nil for a format that is only read.
	Check func(*profile.Profile) error
	Write func(io.Writer, *profile.Profile) error
}

// detectBytes is how many bytes of a file Detect is handed at most: enough for formats that
// begin with a header, and no more than are read at once anyway.
const detectBytes = 4 << 10

// formats returns the formats that can be read. The first is heapprof's own, in which
// profiles are written, and whose Read also says what is wrong with a file of no known
// format.
func formats() []Format {
	return []Format{
		{Name: "DHAT", Detect: dhat.Detect, Read: dhat.Read, Check: dhat.Check, Write: dhat.Write},
		{Name: "heaptrack", Detect: heaptrack.Detect, Read: heaptrack.Read},
		{Name: "gperftools", Detect: gperftools.Detect, Read: gperftools.Read},
		{Name: "jemalloc", Detect: jemalloc.Detect, Read: jemalloc.Read},
		{Name: "pprof", Detect: pprof.Detect, Read: pprof.Read},
		{Name: "massif", Detect: massif.Detect, Read: massif.Read},
		{Name: "memray", Detect: memray.Detect, Read: memray.Read},
	}
}

// Detect returns the format of a file that begins with head, and reports whether there is
// one.
func Detect(head []byte) (Format, bool) {
	for _, f := range slices.Backward(formats()) { // DHAT last: it may be of any object of JSON
		if f.Detect(head) {
			return f, true
		}
	}
	return formats()[0], false
}

// Read reads a profile of any known format, plain or compressed by gzip or zstd, which it
// recognises by the first bytes. The error is a *profile.FormatError where the content is
// wrong, else the error of r.
func Read(r io.Reader) (*profile.Profile, error) {
	plain, err := decompress(r)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	br := bufio.NewReaderSize(plain, readBytes)
	// An error is met again when the format reads on.
	head, met := br.Peek(detectBytes)
	if err := refuse(head); err != nil {
		return nil, err
	}
	f, found := Detect(head)
	if !found && len(bytes.TrimSpace(head)) > 0 && (met == nil || met == io.EOF) {
		return nil, profile.Formatf("is of no format that is known; those of %s can be read", strings.Join(formatNames(), ", "))
	}
	return f.Read(br)
}

// formatNames returns the formats' names, in alphabetical order.
func formatNames() []string {
	var all []string
	for _, f := range formats() {
		all = append(all, f.Name)
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return all
}

// readBytes is how many bytes are read at once.
const readBytes = 64 << 10
