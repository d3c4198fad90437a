package dhat

import (
	"testing"

	"heapprof/internal/profile"
)

func TestParseFrameReadsEveryForm(t *testing.T) {
	tests := []struct {
		text   string
		want   profile.Frame
		object string
	}{
		{"[root]", profile.Frame{Function: "[root]"}, ""},
		{"[truncated]", profile.Frame{Function: "[truncated]"}, ""},
		{"", profile.Frame{}, ""},
		{"0x1000: ???", profile.Frame{Addr: 0x1000}, ""},
		{"0x1000: ??? (in /lib/x.so)", profile.Frame{Addr: 0x1000}, "/lib/x.so"},
		{"0x1093DE: build (p.c:8)", profile.Frame{Addr: 0x1093de, Function: "build", File: "p.c", Line: 8}, ""},
		{"0x1093DE: (below main) (start.h:58)", profile.Frame{Addr: 0x1093de, Function: "(below main)", File: "start.h", Line: 58}, ""},
		{"0x1093DE: (below main)", profile.Frame{Addr: 0x1093de, Function: "(below main)"}, ""},
		{"0x55a2: words::main (src/main.rs:17:26)", profile.Frame{Addr: 0x55a2, Function: "words::main", File: "src/main.rs", Line: 17, Column: 26}, ""},
		{
			"0x55a2: alloc::slice::<impl [T]>::repeat (alloc/src/slice.rs:524:23)",
			profile.Frame{Addr: 0x55a2, Function: "alloc::slice::<impl [T]>::repeat", File: "alloc/src/slice.rs", Line: 524, Column: 23}, "",
		},
		{"0x1: f (in /opt/a b (x86)/lib.so)", profile.Frame{Addr: 1, Function: "f"}, "/opt/a b (x86)/lib.so"},
		{"0x1: operator()(int) const (a.cc:3)", profile.Frame{Addr: 1, Function: "operator()(int) const", File: "a.cc", Line: 3}, ""},
		{"0x1: apply(int (*)(char)) (a.c:3)", profile.Frame{Addr: 1, Function: "apply(int (*)(char))", File: "a.c", Line: 3}, ""},
		{"0x1: apply(int (*)(char))", profile.Frame{Addr: 1, Function: "apply(int (*)(char))"}, ""},
		{"0x1: f (.isra.0)", profile.Frame{Addr: 1, Function: "f (.isra.0)"}, ""},
		{"0x1: f(int) const", profile.Frame{Addr: 1, Function: "f(int) const"}, ""},
		{"0x1: std::map<int, void (*)()>::at (map:9)", profile.Frame{Addr: 1, Function: "std::map<int, void (*)()>::at", File: "map", Line: 9}, ""},
		{"0x1: f (my dir (x86)/a b.c:12)", profile.Frame{Addr: 1, Function: "f", File: "my dir (x86)/a b.c", Line: 12}, ""},
		{"0x1: f (a(b.c:12)", profile.Frame{Addr: 1, Function: "f", File: "a(b.c", Line: 12}, ""},
		{"0x1: f (a)b.c:12)", profile.Frame{Addr: 1, Function: "f", File: "a)b.c", Line: 12}, ""},
		{"0x1: f (C:/src/a.c:12)", profile.Frame{Addr: 1, Function: "f", File: "C:/src/a.c", Line: 12}, ""},
		{"0x1: f (a.c:0)", profile.Frame{Addr: 1, Function: "f", File: "a.c"}, ""},
		{"0x1: f (:12)", profile.Frame{Addr: 1, Function: "f (:12)"}, ""},
		{"0x1: f (a.c:)", profile.Frame{Addr: 1, Function: "f (a.c:)"}, ""},
		{"0x1: f (in )", profile.Frame{Addr: 1, Function: "f (in )"}, ""},
		{"0x1: f (a.c:99999999999)", profile.Frame{Addr: 1, Function: "f (a.c:99999999999)"}, ""},
		{"main (a.c:3)", profile.Frame{Function: "main", File: "a.c", Line: 3}, ""},
		{"0xzz: main", profile.Frame{Function: "0xzz: main"}, ""},
		{"0x11112222333344445: main", profile.Frame{Function: "0x11112222333344445: main"}, ""},
		{")", profile.Frame{Function: ")"}, ""},
		{"(", profile.Frame{Function: "("}, ""},
	}
	for _, tt := range tests {
		if got, object := ParseFrame(tt.text); got != tt.want || object != tt.object {
			t.Errorf("ParseFrame(%q)\n got %+v in %q\nwant %+v in %q", tt.text, got, object, tt.want, tt.object)
		}
	}
}

func TestFormattedFrameIsReadBack(t *testing.T) {
	for _, f := range []profile.Frame{
		{Function: "[root]"},
		{Addr: 0x7fff00001234},
		{Addr: 1, Function: "main"},
		{Function: "0x1: "},
		{Function: "0x0: 0x1: main"},
		{Addr: 1, Function: "f(int) const", File: "/src/a b (1).cc", Line: 3},
		{Addr: 1, Function: "f", File: "a.rs", Line: 3, Column: 14},
		{Addr: 1, Function: "f", File: "a.rs"},
		{Addr: 1, Module: &profile.Module{Path: "/lib/libc.so.6"}},
		{Addr: 1<<64 - 1, Function: "malloc", Module: &profile.Module{Path: "/lib/libc.so.6"}},
	} {
		text, object := FormatFrame(&f), ""
		if f.Module != nil {
			object, f.Module = f.Module.Path, nil
		}
		if got, in := ParseFrame(text); got != f || in != object {
			t.Errorf("ParseFrame(%q)\n got %+v in %q\nwant %+v in %q", text, got, in, f, object)
		}
	}
}

func TestParseFrameAllocatesNothing(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		ParseFrame("0x55a2: alloc::slice::<impl [T]>::repeat (alloc/src/slice.rs:524:23)")
	})
	if n != 0 {
		t.Errorf("%v allocations a call, want 0", n)
	}
}

// What ParseFrame makes of any text, it makes again of its own rendering.
func FuzzParseFrame(f *testing.F) {
	for _, s := range []string{
		"[root]", "0x1000: ???", "0x1: f (in /lib/x.so)", "0x1: f (a.c:1:2)",
		"0x1: operator()(int) const (a.cc:3)", "0x1: f (a(b.c:12)", "0x0: ) (",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		format := func(f profile.Frame, object string) string {
			if object != "" {
				f.Module = &profile.Module{Path: object}
			}
			return FormatFrame(&f)
		}
		first, _ := ParseFrame(s)
		if first.Line < 0 || first.Column < 0 {
			t.Fatalf("ParseFrame(%q) = %+v", s, first)
		}
		text := format(ParseFrame(s))
		if again := format(ParseFrame(text)); len(again) > len(text) {
			t.Fatalf("%q grows to %q, then %q", s, text, again)
		}
	})
}

func BenchmarkParseFrame(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseFrame("0x55a290944a06: alloc::slice::<impl [T]>::repeat (alloc/src/slice.rs:524:23)")
	}
}
