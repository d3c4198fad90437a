package pprof

import "heapprof/internal/profile"

// mapping is a file that was mapped, with its texts as indices into the string table.
type mapping struct{ start, limit, offset, file, buildID uint64 }

// location is a place in the code: an address with its lines, the innermost first.
type location struct {
	mapping, address uint64
	lines            []line
}

// line is a function at a line of its source.
type line struct{ function, line, column uint64 }

// function is a function, with its texts as indices into the string table.
type function struct{ name, systemName, file uint64 }

// tables are what samples refer to, by the numbers that the file gives them.
type tables struct {
	mappings  map[uint64]mapping
	first     uint64 // the mapping that came first, which is the program's
	locations map[uint64]location
	functions map[uint64]function
	strings   []string
}

func newTables() *tables {
	return &tables{mappings: map[uint64]mapping{}, locations: map[uint64]location{}, functions: map[uint64]function{}}
}

// addMapping, addLocation and addFunction add what a message tells, and report whether it is one.
func (t *tables) addMapping(content []byte) bool {
	var id uint64
	var added mapping
	ok := numbers(content, &id, &added.start, &added.limit, &added.offset, &added.file, &added.buildID)
	if len(t.mappings) == 0 {
		t.first = id
	}
	t.mappings[id] = added
	return ok
}

// addLocation: see addMapping.
func (t *tables) addLocation(content []byte) bool {
	var id uint64
	var added location
	m := message{rest: content}
	for {
		field, content, value, ok := m.next()
		if !ok {
			break
		}
		switch field {
		case 1:
			id = value
		case 2:
			added.mapping = value
		case 3:
			added.address = value
		case 4:
			var l line
			m.bad = !numbers(content, &l.function, &l.line, &l.column) || m.bad
			added.lines = append(added.lines, l)
		}
	}
	t.locations[id] = added
	return !m.bad
}

// addFunction: see addMapping.
func (t *tables) addFunction(content []byte) bool {
	var id uint64
	var added function
	ok := numbers(content, &id, &added.name, &added.systemName, &added.file)
	t.functions[id] = added
	return ok
}

// numbers sets what fields point to, to the numbers that a message has in its fields 1, 2, …, and reports whether it is a message.
func numbers(content []byte, fields ...*uint64) bool {
	m := message{rest: content}
	for {
		field, _, value, ok := m.next()
		if !ok {
			return !m.bad
		}
		if field >= 1 && field <= uint64(len(fields)) {
			*fields[field-1] = value
		}
	}
}

// text returns a string of the table.
func (t *tables) text(i uint64) (string, error) {
	if i >= uint64(len(t.strings)) {
		return "", profile.Formatf("is damaged: it refers to text %d, and the string table ends before %d", i, len(t.strings))
	}
	return t.strings[i], nil
}
