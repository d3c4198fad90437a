package madecode

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
)

// TestReadMap: what is no line of a map is passed over.
func TestReadMap(t *testing.T) {
	const text = "7f00 40 JS:~parse /srv/app.js:2:21\n" +
		"nonsense\n" +
		"0x8000 0x10 with 0x\r\n" +
		"ffffffffffffffff 10 beyond the end\n" +
		"9000 10 \n" +
		"9000 10\n" +
		"\n" +
		"a000 8 last, without an end"
	var got []Code
	if err := ReadMap(strings.NewReader(text), func(c Code) { got = append(got, c) }); err != nil {
		t.Fatal(err)
	}
	want := []Code{
		{Start: 0x7f00, Size: 0x40, Name: "JS:~parse /srv/app.js:2:21", Order: 35},
		{Start: 0x8000, Size: 0x10, Name: "with 0x", Order: 65},
		{Start: 0xa000, Size: 8, Name: "last, without an end", Order: uint64(len(text))},
	}
	if !slices.EqualFunc(got, want, equal) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestALineWithoutEndIsBounded: only the begin of a name that no reader would read is kept, and the line after it is read.
func TestALineWithoutEndIsBounded(t *testing.T) {
	text := "1000 10 " + strings.Repeat("x", 1<<20) + "\n2000 10 next\n"
	var got []Code
	if err := ReadMap(strings.NewReader(text), func(c Code) { got = append(got, c) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || len(got[0].Name) != mostName || got[1].Name != "next" || got[1].Order != uint64(len(text)) {
		t.Errorf("got %d pieces of code", len(got))
	}
}

func equal(a, b Code) bool {
	return a.Start == b.Start && a.Size == b.Size && a.Name == b.Name && a.Order == b.Order && slices.Equal(a.Lines, b.Lines)
}

// dumpOf makes a jitdump file of records, each an id, a time, and what follows.
func dumpOf(records ...[]byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, dumpMagic)
	for _, word := range []uint32{1, dumpHeaderBytes, 62, 0, 4711} {
		out = binary.LittleEndian.AppendUint32(out, word)
	}
	out = append(out, make([]byte, 16)...)
	return append(out, slices.Concat(records...)...)
}

func recordOf(id uint32, time uint64, body ...any) []byte {
	var b []byte
	for _, part := range body {
		switch v := part.(type) {
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, v)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, v)
		case string:
			b = append(append(b, v...), 0)
		}
	}
	head := binary.LittleEndian.AppendUint32(nil, id)
	head = binary.LittleEndian.AppendUint32(head, uint32(recordBytes+len(b)))
	return append(binary.LittleEndian.AppendUint64(head, time), b...)
}

// sampleDump has code with lines, a record of an unknown kind, code without lines, a move, and a record that is cut short.
func sampleDump() []byte {
	return dumpOf(
		recordOf(recordLines, 5, uint64(0x1000), uint64(3),
			uint64(0x1000), uint32(10), uint32(0), "/srv/app.js",
			uint64(0x1008), uint32(11), uint32(0), "\xff",
			uint64(0x1010), uint32(3), uint32(0), "/srv/lib.js"),
		recordOf(recordLoad, 6, uint32(1), uint32(1), uint64(0x1000), uint64(0x1000), uint64(0x20), uint64(1), "JS:*f /srv/app.js:9:1", uint64(0)),
		recordOf(77, 7, "what is this"),
		recordOf(recordLoad, 8, uint32(1), uint32(1), uint64(0x2000), uint64(0x2000), uint64(0x10), uint64(2), "g"),
		recordOf(recordMove, 9, uint32(1), uint32(1), uint64(0x3000), uint64(0x2000), uint64(0x3000), uint64(0x10), uint64(2)),
		recordOf(recordLoad, 10, uint32(1), uint32(1), uint64(0x4000), uint64(0x4000), uint64(0x10), uint64(3), "cut")[:40],
	)
}

func TestReadDump(t *testing.T) {
	var got []Code
	ofProcessor, err := ReadDump(strings.NewReader(string(sampleDump())), func(c Code) { got = append(got, c) })
	if err != nil || ofProcessor {
		t.Fatalf("%v, times of the processor: %v", err, ofProcessor)
	}
	want := []Code{
		{Start: 0x1000, Size: 0x20, Name: "JS:*f /srv/app.js:9:1", Order: 6, Lines: []Line{{0x1000, "/srv/app.js", 10}, {0x1008, "/srv/app.js", 11}, {0x1010, "/srv/lib.js", 3}}},
		{Start: 0x2000, Size: 0x10, Name: "g", Order: 8},
		{Start: 0x3000, Size: 0x10, Name: "g", Order: 9},
	}
	if !slices.EqualFunc(got, want, equal) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if at := got[0].LineAt(0x100a); at.Line != 11 || at.File != "/srv/app.js" {
		t.Errorf("the line at 0x100a is %v", at)
	}
	if _, err := ReadDump(strings.NewReader("no dump at all, but long enough to be one"), nil); !errors.Is(err, ErrNoDump) {
		t.Errorf("what is no dump: %v", err)
	}
}

// TestWhatIsAtAnAddressIsWhatWasThereThen: one piece of code takes the place of another.
func TestWhatIsAtAnAddressIsWhatWasThereThen(t *testing.T) {
	code := []Code{
		{Start: 0x1000, Size: 0x100, Name: "first", Order: 10},
		{Start: 0x1080, Size: 0x100, Name: "second", Order: 20},
		{Start: 0x3000, Size: 0x10, Name: "late", Order: 30},
		{Start: 0x5000, Size: 0x10, Name: "same", Order: 40},
		{Start: 0x5000, Size: 0x10, Name: "same", Order: 50},
		{Start: 0x6000, Size: 0x10, Name: "JS:~fill /srv/app.js:2:1", Order: 60},
		{Start: 0x6000, Size: 0x10, Name: "JS:*fill /srv/app.js:2:1", Order: 70},
	}
	for _, test := range []struct {
		at     Seen
		want   string
		others bool
	}{
		{Seen{0x1010, Always}, "first", false},
		{Seen{0x1090, Always}, "second", true},
		{Seen{0x1090, 15}, "first", true},
		{Seen{0x117f, 15}, "second", false},
		{Seen{0x1180, 15}, "", false},
		{Seen{0x1090, 25}, "second", false},                       // the first was gone by then
		{Seen{0x6008, Always}, "JS:*fill /srv/app.js:2:1", false}, // compiled anew
		{Seen{0x3008, 5}, "late", false},                          // nothing else was there: it was written of later than it was made
		{Seen{0x5008, Always}, "same", false},
	} {
		f := NewFinder([]Seen{test.at, {PC: 0x9000}, {PC: 0x10}})
		for _, c := range code {
			f.Add(c)
		}
		got, ok := f.At(test.at.PC)
		if got.Name != test.want || ok != (test.want != "") || got.Others != test.others {
			t.Errorf("at %x, seen at %d: %q (%v), others %v", test.at.PC, test.at.Order, got.Name, ok, got.Others)
		}
	}
}

func TestParseName(t *testing.T) {
	const js, python = profile.JavaScript, profile.Python
	for name, want := range map[string]Function{
		"JS:~makeBuffers /srv/app.js:2:21":                  {"makeBuffers", "/srv/app.js", 2, 21, js},
		"JS:*fill /srv/my files/app.js:10:7":                {"fill", "/srv/my files/app.js", 10, 7, js},
		"JS:^get size node:internal/util:30:5":              {"get size", "node:internal/util", 30, 5, js},
		"JS:+load file:///srv/app.mjs:3:1":                  {"load", "/srv/app.mjs", 3, 1, js},
		"LazyCompile:~ /srv/app.js:7:9":                     {"(anonymous)", "/srv/app.js", 7, 9, js},
		"Eval:~ /srv/app.js:1:1":                            {"(top level of app.js)", "/srv/app.js", 1, 1, js},
		"JS:~bare":                                          {"bare", "", 0, 0, js},
		"py::Loader.load:/srv/app.py":                       {"Loader.load", "/srv/app.py", 0, 0, python},
		"py::<module>:<string>":                             {"<module>", "<string>", 0, 0, python},
		"JS:o*makeBuffers file:///srv/b.js:1:21":            {"makeBuffers", "/srv/b.js", 1, 21, js},
		"JS:+'overload /srv/b.js:2:14":                      {"overload", "/srv/b.js", 2, 14, js},
		"JS:o+outer /srv/b.js:2:14":                         {"outer", "/srv/b.js", 2, 14, js},
		"JS:~op_read ext:core/mod.js:2:14":                  {"op_read", "ext:core/mod.js", 2, 14, js},
		"Builtin:ArrayMap":                                  {Name: "Builtins_ArrayMap"},
		"BytecodeHandler:ForOfNext.Wide":                    {Name: "Builtins_Handler_ForOfNext.Wide"},
		"int java.util.ArrayList.size()":                    {Name: "int java.util.ArrayList.size()"},
		"[JIT] block in Object#load /srv/app.rb:12":         {Name: "[JIT] block in Object#load", File: "/srv/app.rb", Line: 12},
		"RegExp:^(\\d+):(\\d+)$":                            {Name: "RegExp:^(\\d+):(\\d+)$"},
		"Ljava/lang/String;::hashCode":                      {Name: "Ljava/lang/String;::hashCode"},
		"void [app] App.Program::Main(class System.String)": {Name: "app!App.Program.Main(class System.String)", Language: profile.DotNet},
		"class [mscorlib]System.Collections.Generic.List`1<native int> [D] D::Many(int32)[Optimized]": {
			Name: "D!D.Many(int32)", Language: profile.DotNet},
		"instance void [app] App.Sorter`1[System.__Canon]::.ctor()[OptimizedTier1]": {Name: "app!App.Sorter`1[System.__Canon]..ctor()", Language: profile.DotNet},
		"stub<12> GenerateResolveStub<GenerateResolveStub>":                         {Name: "stub<12> GenerateResolveStub<GenerateResolveStub>"},
		"TRACE_12::/srv/my app.lua:6":                                               {"TRACE_12", "/srv/my app.lua", 6, 0, profile.Lua},
		"TRACE_1::(string):1":                                                       {"TRACE_1", "(string)", 1, 0, profile.Lua},
		"$lists:map/2":                                                              {Name: "lists:map/2", Language: profile.Erlang},
		"$lists:'-map/2-fun-0-'/1-CodeInfoPrologue":                                 {Name: "lists:'-map/2-fun-0-'/1", Language: profile.Erlang},
		"e:'-bins/1-lc$^0/1-0-'/1":                                                  {Name: "e:'-bins/1-lc$^0/1-0-'/1", Language: profile.Erlang},
		"$global::call_shared":                                                      {Name: "$global::call_shared"},
	} {
		if got := ParseName(name); got != want {
			t.Errorf("%q\ngot  %+v\nwant %+v", name, got, want)
		}
	}
}

// check checks what must hold of all code, and has a Finder take it.
func check(t *testing.T, read func(io.Reader, func(Code)) error, data []byte) {
	f := NewFinder([]Seen{{PC: 0}, {PC: 0x1000}, {PC: 0x7f00, Order: 10}, {PC: ^uint64(0)}})
	_ = read(strings.NewReader(string(data)), func(c Code) {
		if c.Start+c.Size < c.Start || c.Name == "" || len(c.Name) > mostName || len(c.Lines) > mostLines {
			t.Errorf("%+v", c)
		}
		c.LineAt(c.Start)
		ParseName(c.Name)
		f.Add(c)
	})
	f.At(0x1000)
}

func FuzzReadMap(f *testing.F) {
	f.Add([]byte("7f00 40 JS:~parse /srv/app.js:2:21\n0x8000 0x10 py::f:/srv/a.py\n"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, ReadMap, data) })
}

func FuzzReadDump(f *testing.F) {
	f.Add(sampleDump())
	f.Fuzz(func(t *testing.T, data []byte) {
		check(t, func(r io.Reader, code func(Code)) error {
			_, err := ReadDump(r, code)
			return err
		}, data)
	})
}
