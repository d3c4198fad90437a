package firefox

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// tables are what all threads of a file share. Each is a list of columns; -1 in one stands for nothing.
type tables struct {
	source *view.Source
	buffer []uint32 // the frames of the point at hand

	strings  []string
	stringOf map[string]int32

	sources  []int32 // strings
	sourceOf map[int32]int32

	libs      []lib
	resources []int32 // of each lib: its name
	libOf     map[*profile.Module]int32

	functions  []function
	functionOf map[function]int32

	frames  []frame
	frameOf []int32 // of each frame of the profile: its frame here; -1 where it has none yet
	typeOf  map[string]int32

	stacks  profile.Pieces[stack]
	stackOf stackIndex
}

// lib is a file with code, as the format has it.
type lib map[string]any

type function struct{ name, resource, source int32 }

type frame struct {
	function     int32
	category     int32
	line, column int32 // 0 where they are not known
	address      uint64
	hasAddress   bool // relative to the file that it is in
}

type stack struct{ frame, caller int32 }

func newTables(s *view.Source) *tables {
	t := &tables{
		source: s, stringOf: map[string]int32{}, sourceOf: map[int32]int32{}, libOf: map[*profile.Module]int32{}, libs: []lib{},
		functionOf: map[function]int32{}, frameOf: make([]int32, s.Frames.Len()), typeOf: map[string]int32{},
	}
	for i := range t.frameOf {
		t.frameOf[i] = -1
	}
	return t
}

// put returns the index of a value in a list, to which it is added if it is new.
func put[K comparable](list *[]K, index map[K]int32, value K) int32 {
	i, ok := index[value]
	if !ok {
		i = int32(len(*list))
		*list = append(*list, value)
		index[value] = i
	}
	return i
}

// stackIndex finds stacks in a list of them. There are millions in a large profile, of which a map would take several times the
// memory of the list.
type stackIndex struct {
	slots []int32 // 1 + index into the list, at the first free slot from the hash on; 0: free
}

// put returns the index of a stack in the list, to which it is added if it is new.
func (x *stackIndex) put(list *profile.Pieces[stack], s stack) int32 {
	if 2*list.Len() >= len(x.slots) {
		x.slots = make([]int32, max(1024, 2*len(x.slots)))
		for i := range list.Len() {
			x.slots[x.slot(list, *list.At(uint32(i)))] = int32(i) + 1
		}
	}
	at := x.slot(list, s)
	if x.slots[at] == 0 {
		list.Add(s)
		x.slots[at] = int32(list.Len())
	}
	return x.slots[at] - 1
}

// slot returns where a stack is, or would be.
func (x *stackIndex) slot(list *profile.Pieces[stack], s stack) int {
	// Fibonacci hashing: the multiplier is 2^64 divided by the golden ratio.
	const golden = 0x9e3779b97f4a7c15
	hash := (uint64(uint32(s.frame))<<32 | uint64(uint32(s.caller))) * golden
	mask := len(x.slots) - 1
	at := int(hash>>32) & mask
	for x.slots[at] != 0 && *list.At(uint32(x.slots[at] - 1)) != s {
		at = (at + 1) & mask
	}
	return at
}

func (t *tables) string(s string) int32 { return put(&t.strings, t.stringOf, s) }

// stack returns the stack of a point.
func (t *tables) stack(point int) int32 {
	at := int32(-1)
	push := func(frame int32) { at = t.stackOf.put(&t.stacks, stack{frame, at}) }
	all := t.source.Profile.Points[point].Stack.Into(&t.buffer)
	if len(all) == 0 {
		push(t.named(frames.NoStack, otherCategory))
	} else {
		from, to := t.source.Frames.Trim(all, false)
		for i := to - 1; i >= from; i-- {
			push(t.frame(all[i]))
		}
	}
	if typ := t.source.Types.Of(point).Name; typ != "" {
		push(t.named(label.Type(typ), typeCategory))
	}
	return at
}

// named returns the frame of what is no code.
func (t *tables) named(name string, category int32) int32 {
	i, ok := t.typeOf[name]
	if !ok {
		i = int32(len(t.frames))
		t.frames = append(t.frames, frame{function: put(&t.functions, t.functionOf, function{t.string(name), -1, -1}), category: category})
		t.typeOf[name] = i
	}
	return i
}

// frame returns the frame of one of the profile's.
func (t *tables) frame(index uint32) int32 {
	if i := t.frameOf[index]; i >= 0 {
		return i
	}
	f := t.source.Frames.Frame(index)
	name := f.Name()
	if f.Runtime != nil {
		name = f.Runtime.Name
	}
	fn := function{t.string(name), -1, -1}
	if m := t.source.Profile.Frames[index].Module; m != nil {
		fn.resource = t.lib(m)
	}
	if f.File != "" {
		fn.source = put(&t.sources, t.sourceOf, t.string(f.File))
	}
	made := frame{function: put(&t.functions, t.functionOf, fn), category: otherCategory, line: int32(f.Line), column: int32(f.Column), address: f.Offset, hasAddress: f.HasOffset}
	if f.Own {
		made.category = ownCategory
	}
	t.frames = append(t.frames, made)
	t.frameOf[index] = int32(len(t.frames) - 1)
	return t.frameOf[index]
}

// lib returns the file with code that a module is.
func (t *tables) lib(m *profile.Module) int32 {
	i, ok := t.libOf[m]
	if !ok {
		i = int32(len(t.libs))
		file := names.Printable(m.Path)
		base := path.Base(file)
		t.libs = append(t.libs, lib{"arch": "", "name": base, "path": file, "debugName": base, "debugPath": file, "breakpadId": debugID(m.BuildID), "codeId": orNull(m.BuildID)})
		t.resources = append(t.resources, t.string(base))
		t.libOf[m] = i
	}
	return i
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// debugID returns a build-id as Breakpad has it: its first 16 bytes as a GUID, and an age of 0.
func debugID(buildID string) string {
	raw, err := hex.DecodeString(buildID)
	if err != nil {
		raw = nil
	}
	var id [16]byte
	copy(id[:], raw)
	return strings.ToUpper(fmt.Sprintf("%02x%02x%02x%02x%02x%02x%02x%02x%x", id[3], id[2], id[1], id[0], id[5], id[4], id[7], id[6], id[8:])) + "0"
}

// write writes the tables as the object "shared".
func (t *tables) write(w *writer) {
	w.open('{')
	w.column("stringArray", len(t.strings), func(to []byte, i int) []byte {
		text, err := json.Marshal(t.strings[i])
		if err != nil && w.err == nil {
			w.err = err
		}
		return append(to, text...)
	})

	n := len(t.sources)
	w.name("sources")
	w.open('{')
	w.same("id", n, "null")
	w.numbers("filename", t.sources, "")
	w.same("startLine", n, "1")
	w.same("startColumn", n, "1")
	w.same("sourceMapURL", n, "null")
	w.value("length", n)
	w.close('}')

	n = len(t.libs)
	w.name("resourceTable")
	w.open('{')
	w.same("type", n, "1") // a library
	w.column("lib", n, func(to []byte, i int) []byte { return strconv.AppendInt(to, int64(i), 10) })
	w.numbers("name", t.resources, "")
	w.same("host", n, "null")
	w.value("length", n)
	w.close('}')

	w.name("nativeSymbols")
	w.open('{')
	for _, column := range []string{"libIndex", "address", "name", "functionSize"} {
		w.same(column, 0, "")
	}
	w.value("length", 0)
	w.close('}')

	n = len(t.functions)
	functions := func(name string, of func(f *function) int32, below string) {
		w.column(name, n, func(to []byte, i int) []byte { return appendIndex(to, of(&t.functions[i]), below) })
	}
	w.name("funcTable")
	w.open('{')
	functions("name", func(f *function) int32 { return f.name }, "")
	w.same("isJS", n, "false")
	w.same("relevantForJS", n, "false")
	functions("resource", func(f *function) int32 { return f.resource }, "-1")
	functions("source", func(f *function) int32 { return f.source }, "null")
	w.same("lineNumber", n, "null")
	w.same("columnNumber", n, "null")
	w.value("length", n)
	w.close('}')

	t.writeFrames(w)

	n = t.stacks.Len()
	w.name("stackTable")
	w.open('{')
	w.column("frame", n, func(to []byte, i int) []byte { return appendIndex(to, t.stacks.At(uint32(i)).frame, "") })
	w.column("prefix", n, func(to []byte, i int) []byte { return appendIndex(to, t.stacks.At(uint32(i)).caller, "null") })
	w.value("length", n)
	w.close('}')
	w.close('}')
}

func (t *tables) writeFrames(w *writer) {
	n := len(t.frames)
	position := func(name string, of func(f *frame) int32) {
		w.column(name, n, func(to []byte, i int) []byte {
			if at := of(&t.frames[i]); at > 0 {
				return appendIndex(to, at, "")
			}
			return append(to, "null"...)
		})
	}
	w.name("frameTable")
	w.open('{')
	w.column("address", n, func(to []byte, i int) []byte {
		if !t.frames[i].hasAddress {
			return append(to, "-1"...)
		}
		return strconv.AppendUint(to, t.frames[i].address, 10)
	})
	w.same("inlineDepth", n, "0")
	w.column("category", n, func(to []byte, i int) []byte { return appendIndex(to, t.frames[i].category, "") })
	w.same("subcategory", n, "0")
	w.column("func", n, func(to []byte, i int) []byte { return appendIndex(to, t.frames[i].function, "") })
	w.same("nativeSymbol", n, "null")
	w.same("innerWindowID", n, "null")
	position("line", func(f *frame) int32 { return f.line })
	position("column", func(f *frame) int32 { return f.column })
	w.value("length", n)
	w.close('}')
}

// appendIndex appends an index, or below where it is negative.
func appendIndex(to []byte, i int32, below string) []byte {
	if i < 0 {
		return append(to, below...)
	}
	return strconv.AppendInt(to, int64(i), 10)
}
