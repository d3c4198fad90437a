package procfs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Mapping is a range of a process's addresses, as a line of maps tells of it.
type Mapping struct {
	Start, End uint64 // addresses: from the first to the one behind the last
	Offset     uint64 // in the file, in bytes
	Protection string // four characters: r, w, x, and p for private or s for shared; - for what is not allowed
	Path       string // of its file, or what the kernel calls it, such as [stack]; "" where it has neither
}

// Maps returns the mappings of the process, in ascending order.
func (p Process) Maps() ([]Mapping, error) {
	f, err := os.Open(p.Path("maps"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseMaps(f)
}

// ParseMaps reads maps.
func ParseMaps(text io.Reader) (all []Mapping, err error) {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for lines.Scan() {
		m, err := parseMapping(lines.Text())
		if err != nil {
			return nil, err
		}
		// A file's parts share its name, which is kept for long: without the line.
		if n := len(all); n > 0 && all[n-1].Path == m.Path {
			m.Path = all[n-1].Path
		} else {
			m.Path = strings.Clone(m.Path)
		}
		all = append(all, m)
	}
	return all, lines.Err()
}

// parseMapping reads a line of maps.
func parseMapping(line string) (m Mapping, err error) {
	addresses, rest, _ := strings.Cut(line, " ")
	start, end, _ := strings.Cut(addresses, "-")
	protection, rest, _ := strings.Cut(rest, " ")
	offset, rest, _ := strings.Cut(rest, " ")
	_, rest, _ = strings.Cut(rest, " ") // the device
	inode, rest, _ := strings.Cut(rest, " ")
	m = Mapping{Protection: protection, Path: strings.TrimLeft(rest, " ")}
	if inode == "0" && !strings.HasPrefix(m.Path, "[") {
		m.Path = "" // of no file, whatever the kernel calls it
	}
	var errs [3]error
	m.Start, errs[0] = strconv.ParseUint(start, 16, 64)
	m.End, errs[1] = strconv.ParseUint(end, 16, 64)
	m.Offset, errs[2] = strconv.ParseUint(offset, 16, 64)
	if errors.Join(errs[:]...) != nil || len(protection) != 4 {
		return m, fmt.Errorf("a line of maps is of an unknown form: %q", line)
	}
	return m, nil
}

// MappingAt returns the mapping that an address is in; it reports false if there is none.
func MappingAt(all []Mapping, address uint64) (Mapping, bool) {
	i := slices.IndexFunc(all, func(m Mapping) bool { return m.Start <= address && address < m.End })
	if i < 0 {
		return Mapping{}, false
	}
	return all[i], true
}

// Finder finds the mappings of one file in processes that may have thousands of others. It
// is not safe for concurrent use.
type Finder struct {
	file []byte // as a line of maps names it
	room []byte // for lines
}

// NewFinder returns a finder of the file with this inode on this device.
func NewFinder(major, minor uint32, inode uint64) *Finder {
	return &Finder{file: fmt.Appendf(nil, " %02x:%02x %d ", major, minor, inode), room: make([]byte, 64<<10)}
}

// In returns the file's mappings in a process, in ascending order.
func (f *Finder) In(p Process) ([]Mapping, error) {
	maps, err := os.Open(p.Path("maps"))
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	return f.parse(maps)
}

// parse reads those lines of maps that tell of the file.
func (f *Finder) parse(text io.Reader) (all []Mapping, err error) {
	lines := bufio.NewScanner(text)
	lines.Buffer(f.room, cap(f.room))
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), f.file) {
			continue
		}
		m, err := parseMapping(lines.Text())
		if err != nil {
			return all, err
		}
		all = append(all, m)
	}
	return all, lines.Err()
}
