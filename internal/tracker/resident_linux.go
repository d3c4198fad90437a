//go:build linux && (amd64 || arm64)

package tracker

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// resident is the memory of a process that is in RAM, in bytes.
type resident struct {
	all       uint64
	anonymous uint64 // which is in no file and not shared: heap, stacks, data that was written
}

// residentMemory reads it from statm: see proc(5). It is 0 where it cannot be known.
func residentMemory(proc int) resident {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(proc) + "/statm")
	if err != nil {
		return resident{}
	}
	fields := bytes.Fields(b)
	if len(fields) < 3 {
		return resident{}
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	shared, sharedErr := strconv.ParseUint(string(fields[2]), 10, 64)
	if err != nil || sharedErr != nil {
		return resident{}
	}
	page := uint64(os.Getpagesize())
	return resident{all: pages * page, anonymous: (pages - min(shared, pages)) * page}
}

// noteAnonymous takes notice of how much anonymous memory the process has now. Where
// it is more than ever, and the blocks do not explain it, the kernel is asked what it
// is. That takes it milliseconds a gigabyte, so it is asked again only when there is
// a quarter more.
func (p *process) noteAnonymous(now uint64) {
	const worthALook = 8 << 20
	if now <= p.anonymous {
		return
	}
	p.anonymous = now
	if p.State == nil || now < p.Heap.LiveBytes()+worthALook || now < p.looked+p.looked/4 {
		return
	}
	p.looked = now
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps", p.proc))
	if err != nil {
		return // it has ended, or hides itself from us
	}
	defer f.Close()
	if use, err := parseAnonymousUse(f, p.moduleRanges()); err == nil {
		p.known = use
	}
}

// anonymousUse is how much of a process's anonymous memory is known to be no heap,
// in bytes.
type anonymousUse struct {
	static uint64 // data of the modules that was written, and of other files that are mapped private
	stack  uint64 // the main stack
}

// addresses are those from start up to end.
type addresses struct{ start, end uint64 }

// moduleRanges returns where the modules are, in ascending order.
func (p *process) moduleRanges() []addresses {
	ranges := make([]addresses, 0, len(p.Modules))
	for _, m := range p.Modules {
		ranges = append(ranges, addresses{m.Start, m.End})
	}
	slices.SortFunc(ranges, func(a, b addresses) int { return cmp.Compare(a.start, b.start) })
	return ranges
}

// parseAnonymousUse reads smaps: see proc(5). Zeroed variables are in mappings of no
// file, which lie in the module or begin there, and may go on behind it.
func parseAnonymousUse(smaps io.Reader, modules []addresses) (anonymousUse, error) {
	var use anonymousUse
	var of mapping
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		line := lines.Text()
		rest, isSize := strings.CutPrefix(line, "Anonymous:")
		if !isSize {
			if first, _, _ := strings.Cut(line, " "); strings.HasSuffix(first, ":") {
				continue // another size
			}
			var err error
			if of, err = parseMapping(line); err != nil {
				return use, err
			}
			continue
		}
		kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 54)
		if err != nil {
			return use, fmt.Errorf("a line of smaps is of an unknown form: %q", line)
		}
		size := kib << 10
		switch {
		case of.path == "[stack]":
			use.stack += size
		case strings.HasPrefix(of.path, "/"):
			use.static += size
		case of.path == "" || of.path == "[heap]": // which may begin with a program's variables
			use.static += min(size, overlap(modules, addresses{of.start, of.end}))
		}
	}
	return use, lines.Err()
}

// overlap is how many bytes of a are in the ranges, which ascend.
func overlap(ranges []addresses, a addresses) uint64 {
	i, _ := slices.BinarySearchFunc(ranges, a.start, func(r addresses, at uint64) int { return cmp.Compare(r.end, at) })
	var sum uint64
	for ; i < len(ranges) && ranges[i].start < a.end; i++ {
		// A library that was unloaded may overlap with one that came after it.
		if start, end := max(a.start, ranges[i].start), min(a.end, ranges[i].end); start < end {
			sum += end - start
		}
	}
	return sum
}
