package pprof

import (
	"bufio"
	"encoding/binary"
	"errors"
	"slices"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/label"
	"heapprof/internal/report/view"
)

// The fields of profile.proto that are written by hand, or read: their numbers, and that each
// has a length or is a number.
const (
	profileSample  = 2<<3 | 2
	profileStrings = 6<<3 | 2
	sampleIDs      = 1<<3 | 2
	sampleValues   = 2<<3 | 2
	sampleLabel    = 3<<3 | 2
	labelKey       = 1 << 3
	labelString    = 2 << 3
)

// typeLabel is the key of the label that tells the type of a sample's blocks.
const typeLabel = "type"

// typeNames are the types of the points' blocks, each once.
type typeNames struct {
	of    []int32 // of each point: 1 + index into names; 0 where its type is not known
	names []string
}

func newTypeNames(s *view.Source, leftOut bool) *typeNames {
	t := &typeNames{of: make([]int32, len(s.Profile.Points))}
	if leftOut {
		return t
	}
	known := map[string]int32{"": 0}
	for i := range t.of {
		name := s.Types.Of(i).Name
		n, ok := known[name]
		if !ok {
			t.names = append(t.names, name)
			n = int32(len(t.names))
			known[name] = n
		}
		t.of[i] = n
	}
	return t
}

// name returns the name of a point's type, "" where that is not known.
func (t *typeNames) name(point int) string {
	if t.of[point] == 0 {
		return ""
	}
	return t.names[t.of[point]-1]
}

// sample returns a part of a point as the message of a sample that lacks its labels, with its locations
// and values packed. It is valid until the next call. All that it refers to is in the tables then.
func (b *builder) sample(point int, of *part) []byte {
	pt := &b.source.Points[point]
	values := b.packed[:0]
	for i := range b.values {
		values = binary.AppendUvarint(values, of.of(&b.values[i], pt))
	}
	b.packed = values
	b.message = appendField(appendField(b.message[:0], sampleIDs, b.stackIDs(point)), sampleValues, values)
	return b.message
}

// stackIDs returns the locations of a point's stack, packed. It is valid until the next call.
func (b *builder) stackIDs(point int) []byte {
	pt := &b.source.Points[point]
	ids := b.ids[:0]
	stack := pt.Stack.Into(&b.stack)
	inner, outer := b.plumbing.split(stack)
	if b.options.Sites {
		inner = nil
	}
	name := b.types.name(point)
	switch {
	case b.options.TypeFrames && name != "":
		// In the place of the plumbing, which pprof would cut off with all that is inside of it.
		ids = binary.AppendUvarint(ids, b.noCode(label.Type(name)).ID)
		inner = nil
	case pt.Stack.Len() == 0:
		// pprof leaves out samples without a location, and what it shows
		// would not add up.
		ids = binary.AppendUvarint(ids, b.noCode(frames.NoStack).ID)
	}
	switch {
	case len(inner) == 0:
		stack = outer
	case len(inner)+len(outer) < len(stack):
		stack = slices.Concat(inner, outer)
	}
	for len(stack) > 0 {
		n := b.inlined(stack)
		ids = binary.AppendUvarint(ids, b.location(stack[:n]).ID)
		stack = stack[n:]
	}
	b.ids = ids
	return ids
}

// writeSamples writes the samples with their labels. The writer keeps the first error.
func (b *builder) writeSamples(w *bufio.Writer, l *labels) {
	var head []byte
	write := func(message []byte, labels ...[]byte) {
		size := len(message)
		for _, l := range labels {
			size += len(l)
		}
		head = binary.AppendUvarint(append(head[:0], profileSample), uint64(size))
		w.Write(head)
		w.Write(message)
		for _, l := range labels {
			w.Write(l)
		}
	}
	var parts []part
	for i := range b.source.Points {
		parts = b.threads.partsOf(parts[:0], &b.source.Points[i])
		for n := range parts {
			if parts[n].rest && b.isEmpty(i, &parts[n]) {
				continue
			}
			write(b.sample(i, &parts[n]), l.ofType[b.types.of[i]], l.ofThread[1+parts[n].name])
		}
	}
	if len(b.values) == 0 || b.values[len(b.values)-1].kind != heldBytes {
		return
	}
	for i := range b.options.Held {
		h := &b.options.Held[i]
		write(b.heldSample(h), l.ofType[b.types.of[h.Point]], l.ofOwner[h.Owner], l.ofPath[h.Path])
	}
}

// isEmpty reports whether a part of a point has no values.
func (b *builder) isEmpty(point int, of *part) bool {
	for i := range b.values {
		if of.of(&b.values[i], &b.source.Points[point]) != 0 {
			return false
		}
	}
	return true
}

// appendField appends a field that has a length.
func appendField(to []byte, key byte, content []byte) []byte {
	return append(binary.AppendUvarint(append(to, key), uint64(len(content))), content...)
}

// labels are the labels of samples.
type labels struct {
	strings  []byte            // fields of the profile: what the labels are made of
	ofType   [][]byte          // of each type, 1 + its index: the field of a sample; 0 has none
	ofThread [][]byte          // of each name of threads: likewise
	ofOwner  map[string][]byte // of each owner
	ofPath   map[string][]byte // of each path from an owner
	next     uint64            // number of the next string
}

// newLabels returns the labels of types, threads, owners and paths in a profile with the tables.
func newLabels(tables []byte, t *typeNames, by *threads, held []Holding) (*labels, error) {
	l := &labels{ofType: make([][]byte, 1+len(t.names)), ofThread: make([][]byte, 1+len(by.names)), ofOwner: map[string][]byte{}, ofPath: map[string][]byte{}}
	var err error
	if l.next, err = countStrings(tables); err != nil {
		return nil, err
	}
	if len(t.names) > 0 {
		key := l.add(typeLabel)
		for i, name := range t.names {
			l.ofType[1+i] = l.field(key, name)
		}
	}
	if len(by.names) > 0 {
		key := l.add(threadLabel)
		for i, name := range by.names {
			l.ofThread[1+i] = l.field(key, name)
		}
	}
	if len(held) > 0 {
		owner, path := l.add(ownerLabel), l.add(pathLabel)
		for i := range held {
			l.addField(l.ofOwner, owner, held[i].Owner)
			if held[i].Path != "" {
				l.addField(l.ofPath, path, held[i].Path)
			}
		}
	}
	return l, nil
}

// add adds a string and returns its number.
func (l *labels) add(text string) uint64 {
	l.strings = appendField(l.strings, profileStrings, []byte(text))
	l.next++
	return l.next - 1
}

// field returns the field of a sample that has a label with that key and that text, which is new.
func (l *labels) field(key uint64, text string) []byte {
	label := binary.AppendUvarint([]byte{labelKey}, key)
	return appendField(nil, sampleLabel, binary.AppendUvarint(append(label, labelString), l.add(text)))
}

// addField adds the field of a text to those of a key, if it is not there.
func (l *labels) addField(to map[string][]byte, key uint64, text string) {
	if to[text] == nil {
		to[text] = l.field(key, text)
	}
}

// countStrings returns how many strings a profile has.
func countStrings(message []byte) (n uint64, err error) {
	for len(message) > 0 {
		key, size := binary.Uvarint(message)
		value, more := binary.Uvarint(message[max(size, 0):])
		length := uint64(max(size, 0) + max(more, 0))
		if key&7 == 2 {
			length += value
		}
		if size <= 0 || more <= 0 || key&7 != 0 && key&7 != 2 || length > uint64(len(message)) {
			return 0, errors.New("the tables of the profile are no message")
		}
		if key == profileStrings {
			n++
		}
		message = message[length:]
	}
	return n, nil
}
