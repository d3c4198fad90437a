//go:build linux && (amd64 || arm64)

package tracker

import (
	"bufio"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// mapping is a line of /proc/PID/maps (proc(5)).
type mapping struct {
	start, end, offset uint64
	protection         string // r, w, x and p for private
	path               string // "" where nothing is known of it
}

// readMappings reads the maps of a process, by its directory in /proc.
func readMappings(proc int) ([]mapping, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", proc))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseMappings(f)
}

func parseMappings(text io.Reader) (all []mapping, err error) {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for lines.Scan() {
		m, err := parseMapping(lines.Text())
		if err != nil {
			return nil, err
		}
		// A file's parts share its name, which is kept for long: without the line.
		if n := len(all); n > 0 && all[n-1].path == m.path {
			m.path = all[n-1].path
		} else {
			m.path = strings.Clone(m.path)
		}
		all = append(all, m)
	}
	return all, lines.Err()
}

func parseMapping(line string) (m mapping, err error) {
	addresses, rest, _ := strings.Cut(line, " ")
	start, end, _ := strings.Cut(addresses, "-")
	protection, rest, _ := strings.Cut(rest, " ")
	offset, rest, _ := strings.Cut(rest, " ")
	_, rest, _ = strings.Cut(rest, " ") // the device
	inode, rest, _ := strings.Cut(rest, " ")
	m = mapping{protection: protection, path: strings.TrimLeft(rest, " ")}
	if inode == "0" && !strings.HasPrefix(m.path, "[") {
		m.path = "" // of no file, whatever the kernel calls it
	}
	var errs [3]error
	m.start, errs[0] = strconv.ParseUint(start, 16, 64)
	m.end, errs[1] = strconv.ParseUint(end, 16, 64)
	m.offset, errs[2] = strconv.ParseUint(offset, 16, 64)
	if errors.Join(errs[:]...) != nil || len(protection) != 4 {
		return m, fmt.Errorf("a line of maps is of an unknown form: %q", line)
	}
	return m, nil
}

// mappedFile is a file in a process, whatever it holds.
type mappedFile struct {
	path  string
	parts []mapping
}

// mappedFiles returns the files that are mapped, in the order of addresses. A file that
// is mapped twice is there twice; one that goes on behind its zeroed variables, where
// BOLT puts the code that it has arranged, is not.
func mappedFiles(all []mapping) []mappedFile {
	var files []mappedFile
	for _, m := range all {
		if !strings.HasPrefix(m.path, "/") {
			continue
		}
		if n := len(files); n > 0 && files[n-1].path == m.path && !files[n-1].beginsAnewAt(m) {
			files[n-1].parts = append(files[n-1].parts, m)
		} else {
			files = append(files, mappedFile{m.path, []mapping{m}})
		}
	}
	return files
}

// beginsAnewAt says whether a further mapping of the file is the first of another copy.
func (f mappedFile) beginsAnewAt(m mapping) bool {
	return m.offset == f.parts[0].offset && m.offset != f.parts[len(f.parts)-1].offset
}

func (f mappedFile) start() uint64 { return f.parts[0].start }
func (f mappedFile) end() uint64   { return f.parts[len(f.parts)-1].end }

// pathFrom is where this process finds the file that another one, which may have another
// root, has mapped; proc is that one's directory in /proc.
func (f mappedFile) pathFrom(proc int) string {
	theirs := fmt.Sprintf("/proc/%d/root%s", proc, f.path)
	if _, err := os.Stat(theirs); err == nil {
		return theirs
	}
	if !strings.HasSuffix(f.path, deletedSuffix) || !f.hasCode() {
		return f.path
	}
	// The program itself can be read also when no file has its name any more.
	exe := fmt.Sprintf("/proc/%d/exe", proc)
	if path, err := os.Readlink(exe); err == nil && path == f.path {
		return exe
	}
	for _, path := range f.parts[0].held(proc) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return f.path
}

// hasCode reports whether any of it may be executed.
func (f mappedFile) hasCode() bool {
	return slices.ContainsFunc(f.parts, func(m mapping) bool { return strings.Contains(m.protection, "x") })
}

// bias returns what is added to the file's own addresses where it is mapped: its load
// address. The loader maps the segments in their order.
func (f mappedFile) bias(file *elf.File) (uint64, bool) {
	page := uint64(unix.Getpagesize())
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD {
			return f.start() - p.Vaddr&^(page-1), p.Off&^(page-1) == f.parts[0].offset
		}
	}
	return 0, false
}

// partAt returns the mapping that an address is in.
func (f mappedFile) partAt(addr uint64) mapping {
	for _, p := range f.parts {
		if p.start <= addr && addr < p.end {
			return p
		}
	}
	return mapping{}
}

// isOnlyRead says whether all bytes from lo to end can be read and none can be written,
// and what is written once it can be reaches nobody else.
func (f mappedFile) isOnlyRead(lo, end uint64) bool {
	for _, p := range f.parts {
		if p.start <= lo && lo < p.end {
			if !strings.HasPrefix(p.protection, "r-") || !strings.HasSuffix(p.protection, "p") {
				return false
			}
			lo = min(p.end, end)
		}
	}
	return lo == end
}

// withCode is what is mapped once the code is.
func withCode(all []mapping, c *hookCode) []mapping {
	i, _ := slices.BinarySearchFunc(all, c.at, func(m mapping, at uint64) int { return cmp.Compare(m.start, at) })
	return slices.Insert(slices.Clone(all), i, mapping{start: c.at, end: c.at + mappedBytes(len(c.bytes))})
}

// roomNear returns a place for size bytes that nothing lies in, from which
// everything between lo and end is less than reach away, the nearest one.
func roomNear(all []mapping, lo, end, size, reach uint64) (uint64, bool) {
	// What the process maps meanwhile, to read its plan, gets the upper end of a gap,
	// as long as the gap is of that size.
	const planRoom = 1 << 20
	if at, ok := gapNear(all, lo, end, size, planRoom, reach); ok {
		return at, true
	}
	return gapNear(all, lo, end, size, 0, reach)
}

// gapNear is roomNear for a place that is spare bytes below the upper end of a gap.
func gapNear(all []mapping, lo, end, size, spare, reach uint64) (uint64, bool) {
	const step = wire.Page
	size = (size + step - 1) &^ (step - 1)
	at, found, nearest := uint64(0), false, reach
	consider := func(place uint64) {
		distance := max(end, place+size) - min(lo, place)
		if distance < nearest {
			at, found, nearest = place, true, distance
		}
	}
	before := uint64(step) // the kernel keeps the first pages from being mapped (mmap_min_addr)
	for i, m := range all {
		if from, to := (before+step-1)&^(step-1), m.start&^(step-1); from < to && to-from >= size+spare {
			// A gap is used from its upper end on: at its lower one there may be the end
			// of what brk has, which is to grow. But above it may be a stack, which grows
			// down.
			if m.path != "[stack]" {
				consider(to - spare - size)
			} else if i > 0 && all[i-1].path != "[heap]" {
				consider(from)
			}
		}
		before = m.end
	}
	return at, found
}
