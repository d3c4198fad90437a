package page

import (
	"maps"
	"slices"
)

// around is how many lines are shown before and after one that is asked for.
const around = 5

// addSource adds lines of source files: around those of findings first, then around the heaviest sites, then around the lines of the heaviest
// nodes, until there are as many as the limit allows.
func (d *draft) addSource() {
	if d.options.Lines == nil {
		return
	}
	s := sources{draft: d, lines: map[int32]map[uint32]string{}, paths: map[int32]string{}, seen: map[fileLine]bool{}, room: d.limits.source}
	for path, i := range d.files {
		s.paths[i] = path
	}
	for _, f := range d.page.Findings {
		for _, frame := range f.Stack {
			s.add(frame.File, frame.Line)
		}
	}
	for _, p := range d.heavyPlaces {
		if at := d.places[p]; at.line > 0 {
			if i := d.numbers[p]; i != notYet {
				s.add(d.page.Functions.File[d.page.Places.Function[i]], uint32(at.line))
			}
		}
	}
	for _, n := range d.nodes[1:len(d.kept.nodes)] {
		i := d.kept.near[n]
		s.add(d.page.Functions.File[d.page.Nodes.Function[i]], d.page.Nodes.Line[i])
	}
	d.page.Sources = s.list()
}

// sources are lines of source files.
type sources struct {
	*draft
	paths map[int32]string // of files, by their indices
	lines map[int32]map[uint32]string
	seen  map[fileLine]bool
	room  int // bytes that there may be more
}

type fileLine struct {
	file int32
	line uint32
}

// add adds the lines around one, as long as there is room.
func (s *sources) add(file int32, line uint32) {
	if file < 0 || line == 0 || s.room <= 0 {
		return
	}
	at := fileLine{file, line}
	if s.seen[at] {
		return
	}
	s.seen[at] = true
	first := max(int(line)-around, 1)
	lines := s.options.Lines(s.paths[file], first, int(line)+around+1-first)
	if len(lines) <= int(line)-first {
		return // it ends before that line: it is not the file that was compiled
	}
	known := s.lines[file]
	if known == nil {
		known = map[uint32]string{}
		s.lines[file] = known
	}
	for i, text := range lines {
		n := uint32(first + i)
		if _, has := known[n]; !has {
			known[n] = s.cut(text)
			s.room -= len(known[n]) + len(`"",`)
		}
	}
}

// list returns the lines, those that follow each other together.
func (s *sources) list() (all []Source) {
	for _, file := range slices.Sorted(maps.Keys(s.lines)) {
		lines := s.lines[file]
		next := uint32(0)
		for _, n := range slices.Sorted(maps.Keys(lines)) {
			if next == 0 || n != next {
				all = append(all, Source{File: file, First: n})
			}
			last := &all[len(all)-1]
			last.Lines = append(last.Lines, lines[n])
			next = n + 1
		}
	}
	return all
}
