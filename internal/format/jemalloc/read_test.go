package jemalloc_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"heapprof/internal/format/jemalloc"
	"heapprof/internal/profile"
)

// dump is one as jemalloc 5.3 writes it, with opt.prof_accum.
const dump = `heap_v2/16384
  t*: 2526: 1029436 [5020: 2054619]
  t0: 2526: 1029436 [5020: 2054619] worker
@ 0x7fd1f8ea2630 0x56137e86f168 0x56137e86f186
  t*: 2521: 1025423 [5015: 2050587]
  t0: 2521: 1025423 [5015: 2050587]
@ 0x7fd1f8ea2630 0x12
  t*: 5: 4013 [5: 4013]
  t0: 5: 4013 [5: 4013]

MAPPED_LIBRARIES:
56137e86e000-56137e86f000 r--p 00000000 fe:00 9978282                    /srv/app
56137e86f000-56137e870000 r-xp 00001000 fe:00 9978282                    /srv/app
56137e870000-56137e871000 r--p 00002000 fe:00 9978282                    /srv/app
7fd1f2200000-7fd1f5e00000 rw-p 00000000 00:00 0 
7fd1f8e20000-7fd1f8eb0000 r-xp 00007000 fe:00 326591                     /usr/lib/libjemalloc.so.2 (deleted)
7ffd1b5c9000-7ffd1b5ea000 rw-p 00000000 00:00 0                          [stack]
`

func read(t *testing.T, text string) *profile.Profile {
	t.Helper()
	if !jemalloc.Detect([]byte(text)) {
		t.Fatal("it is not detected")
	}
	p, err := jemalloc.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The numbers are those of jeprof --inuse_space and --alloc_space, which scales each stack.
func TestStacksAreScaledByTheirAverageSize(t *testing.T) {
	p := read(t, dump)
	if p.Columns != profile.End || p.Sampling.MeanBytes != 16384 || p.Maker != "jemalloc" || p.Command != "/srv/app" || len(p.Points) != 2 {
		t.Fatalf("got %+v", p)
	}
	for _, pt := range p.Points {
		if pt.Stack.Len() != 3 {
			continue
		}
		if pt.EndBlocks != 102812 || pt.EndBytes != 41818897 || pt.TotalBlocks != 203466 || pt.TotalBytes != 83195318 {
			t.Errorf("got %+v", pt)
		}
		if pt.Samples.End.Blocks != 2521 || pt.Samples.Total.Blocks != 5015 {
			t.Errorf("made from %+v", pt.Samples)
		}
	}
}

func TestAddressesAreThoseOfTheCallsInTheirModules(t *testing.T) {
	p := read(t, dump)
	app := &profile.Module{Path: "/srv/app", Start: 0x56137e86e000, End: 0x56137e871000, Bias: 0x56137e86e000, ByOffset: true}
	lib := &profile.Module{Path: "/usr/lib/libjemalloc.so.2", Start: 0x7fd1f8e20000, End: 0x7fd1f8eb0000, Bias: 0x7fd1f8e19000, ByOffset: true, Nameless: profile.Deleted}
	if want := []*profile.Module{app, lib}; !reflect.DeepEqual(p.Modules, want) {
		t.Errorf("modules %+v %+v", *p.Modules[0], *p.Modules[1])
	}
	want := []profile.Frame{
		profile.Root, {Addr: 0x11}, {Addr: 0x56137e86f167, Module: app}, {Addr: 0x56137e86f185, Module: app}, {Addr: 0x7fd1f8ea262f, Module: lib},
	}
	if !reflect.DeepEqual(p.Frames, want) {
		t.Errorf("got  %+v\nwant %+v", p.Frames, want)
	}
}

func TestWithoutAccumulationTotalsAreNotKnown(t *testing.T) {
	text := strings.NewReplacer("[5020: 2054619]", "[0: 0]", "[5015: 2050587]", "[0: 0]", "[5: 4013]", "[0: 0]").Replace(dump)
	if p := read(t, text); p.Columns != profile.End|profile.NoTotals || p.Totals().TotalBytes != 0 || p.Totals().EndBytes == 0 {
		t.Errorf("columns %b, totals %+v", p.Columns, p.Totals())
	}
}

func TestWhereEveryBlockWasSampledNumbersAreExact(t *testing.T) {
	p := read(t, strings.Replace(dump, "heap_v2/16384", "heap_v2/1", 1))
	if sum := p.Totals(); !p.Sampling.IsExact() || sum.EndBlocks != 2526 || sum.EndBytes != 1029436 || sum.Samples != nil {
		t.Errorf("got %+v", sum)
	}
}

func TestBadDumpGetsOneClearLine(t *testing.T) {
	before, _, _ := strings.Cut(dump, "\nMAPPED")
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "the input is empty"},
		{"rate", "heap_v2/x\n", "the input is no heap dump of jemalloc: it does not begin with heap_v2/ and the rate of samples"},
		{"header only", "heap_v2/1\n", "the input is truncated: it ends in line 1, before the list of libraries"},
		{"in a stack", before[:strings.Index(before, "  t*: 2521")], "the input is truncated: it ends in line 4, before the list of libraries"},
		{"in a line", before[:len(before)-5], "the input is truncated: it ends in line 9, before the list of libraries"},
		{"half", before[:strings.Index(before, "@")] + "@ 0x1\n  t*: 5: 4013 [5: 4013]\n", "the input is truncated: it ends in line 5, before the list of libraries"},
		{"no stack", strings.Replace(dump, "0x12", "0xhello", 1), "the input is damaged: line 7 is no stack of addresses"},
		{"long address", strings.Replace(dump, "0x12", "0x11112222333344445", 1), "the input is damaged: line 7 is no stack of addresses"},
		{"numbers", strings.Replace(dump, "[5: 4013]", "[5; 4013]", 1), "the input is damaged: line 8 has not the form t*: BLOCKS: BYTES [BLOCKS: BYTES]"},
		{"numbers lacking", strings.Replace(dump, "  t*: 5: 4013 [5: 4013]\n  t0: 5: 4013 [5: 4013]\n", "", 1), "the input is damaged: line 9 comes before the numbers of the stack above it"},
		{"sum", strings.Replace(dump, "t*: 5: 4013", "t*: 18446744073709551615: 1", 1), "the input is damaged: line 8 brings the sum of all stacks above 2^64-1"},
		{"maps", strings.Replace(dump, "7fd1f2200000-", "hello ", 1), "the input is damaged: line 15 is no line of /proc/PID/maps"},
	} {
		_, err := jemalloc.Read(strings.NewReader(test.text))
		var format *profile.FormatError
		if !errors.As(err, &format) || err.Error() != test.want {
			t.Errorf("%s: got  %v\nwant %s", test.name, err, test.want)
		}
	}
	// Elsewhere than on Linux there is no list of libraries.
	if _, err := jemalloc.Read(strings.NewReader(before)); err != nil {
		t.Errorf("without libraries: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(dump))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := jemalloc.Read(bytes.NewReader(text))
		var format *profile.FormatError
		switch {
		case err != nil && !errors.As(err, &format):
			t.Fatalf("%T: %v", err, err)
		case err == nil:
			for _, pt := range p.Points {
				for _, frame := range pt.Stack.All() {
					_ = p.Frames[frame]
				}
			}
		}
	})
}
