package procfs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// MappedMemory is how much of a mapping is in RAM, in bytes.
type MappedMemory struct {
	Mapping
	Resident  uint64
	Anonymous uint64 // of that, in no file and not shared
	flags     string // VmFlags: words of two letters; "": not known
}

// Flags are the flags of mappings, by their addresses: the first, and the one behind the last.
type Flags map[[2]uint64]string

// Flags returns the flags of all mappings of the process: see VmFlags in proc_pid_smaps(5). The kernel
// looks at every page in RAM for it, which takes milliseconds for a hundred megabytes.
func (p Process) Flags() (Flags, error) {
	flags := make(Flags)
	err := p.EachMapped(func(m MappedMemory) { flags[[2]uint64{m.Start, m.End}] = m.flags })
	return flags, err
}

// KnowsFlags reports whether it is known which flags the mapping has.
func (m *MappedMemory) KnowsFlags() bool { return m.flags != "" }

// HasFlags reports whether the kernel names all these flags for the mapping, each of two
// letters: see VmFlags in proc_pid_smaps(5).
func (m *MappedMemory) HasFlags(flags ...string) bool {
	return !slices.ContainsFunc(flags, func(f string) bool { return !strings.Contains(m.flags, " "+f+" ") })
}

// EachMapped calls f for each mapping of the process with what of it is in RAM, in ascending
// order. The kernel takes milliseconds a gigabyte for it.
func (p Process) EachMapped(f func(MappedMemory)) error {
	smaps, err := os.Open(p.Path("smaps"))
	if err != nil {
		return err
	}
	defer smaps.Close()
	return ParseSmaps(smaps, f)
}

// ParseSmaps reads smaps and calls f for each mapping, as [Process.EachMapped] does.
func ParseSmaps(smaps io.Reader, f func(MappedMemory)) error {
	var m MappedMemory
	begun := false
	lines := bufio.NewScanner(smaps)
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		key, value, isField := cutField(line)
		var err error
		switch {
		case !isField:
			if begun {
				f(m)
			}
			m, begun = MappedMemory{}, true
			m.Mapping, err = parseMapping(string(line))
		case string(key) == "Rss":
			m.Resident, err = parseKiB(string(value))
		case string(key) == "Anonymous":
			m.Anonymous, err = parseKiB(string(value))
		case string(key) == "VmFlags":
			m.flags = " " + strings.TrimSpace(string(value)) + " "
		}
		if err != nil {
			return fmt.Errorf("a line of smaps is of an unknown form: %q", line)
		}
	}
	if begun {
		f(m)
	}
	return lines.Err()
}

// cutField returns the key and the value of a line of smaps such as "Rss:   12 kB"; ok is false
// for the first line of a mapping.
func cutField(line []byte) (key, value []byte, ok bool) {
	for i, c := range line {
		if c == ' ' {
			return nil, nil, false
		}
		if c == ':' {
			return line[:i], line[i+1:], true
		}
	}
	return nil, nil, false
}

// parseKiB returns the bytes of a size such as "  12 kB".
func parseKiB(size string) (uint64, error) {
	kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")), 10, 54)
	return kib << 10, err
}
