package gperftools_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	pb "github.com/google/pprof/profile"

	"heapprof/internal/format/gperftools"
	"heapprof/internal/profile"
)

// Files as gperftools 2.10, an older tcmalloc and Go 1.26 write them, shortened.
const (
	heapprofile = `heap profile:  13741:  5004532 [ 27474: 10000236] @ heapprofile
 13738:  5000532 [ 27474: 10000236] @ 0x55ea10fa1168 0x55ea10fa1186 0x7fa8d444524a
     3:     4000 [     0:        0] @ 0x12

MAPPED_LIBRARIES:
55ea10fa0000-55ea10fa1000 r--p 00000000 00:00 9978282     /srv/app
55ea10fa1000-55ea10fa2000 r-xp 00001000 00:00 9978282     /srv/app
55ea34e22000-55ea35c22000 rw-p 00000000 00:00 0           [heap]
7fa8d4420000-7fa8d4500000 r-xp 00026000 00:00 326789      /usr/lib/libc.so.6
`
	remote = `heap profile:    144:  8498176 [   144:  8498176] @ heapz_v2/524288
     1:     9216 [     1:     9216] @ 0xc635c8 0x42ecc3
    23:   753664 [    23:   753664] @ 0xc635c8 0x7f47a54360fe
--- Memory map: ---
	source=/home
  00400000-00fcb000: $source/server
  7f47a5436000-7f47a5440000: /lib/libc-2.15.so (@1000) C0FFEE
`
	growth = `heap profile:     85: 178257920 [    85: 178257920] @ growthz
    85: 178257920 [    85: 178257920] @ 0xb83003 0xb87d50
--- Memory map: ---
  00400000-00fcb000: server
`
	goText = `heap profile: 75: 1246208 [7600: 34676512] @ heap/1048576
10: 1120 [168: 301056] @ 0x47c9ec 0x4db59e 0x44ce95
#	0x4db59d	main.churn+0x21d	gop/main.go:8
#	0x4db59d	main.main+0x90		gop/main.go:9
#	0x44ce94	runtime.main+0x2d4	runtime/proc.go:290

65: 1245088 [7432: 34375456] @ 0x1
# runtime.MemStats
# Alloc = 12345
`
)

func read(t *testing.T, text string) *profile.Profile {
	t.Helper()
	if !gperftools.Detect([]byte(text)) {
		t.Fatal("it is not detected")
	}
	p, err := gperftools.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The oracle is pprof's own library, which rounds each number down.
func TestSumsAreThoseThatPprofSees(t *testing.T) {
	for name, text := range map[string]string{"heapprofile": heapprofile, "remote": remote, "Go's text": goText} {
		p := read(t, text)
		want, err := pb.ParseData([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]int64{}
		for _, s := range want.Sample {
			for i, v := range s.Value {
				sums[strings.TrimPrefix(want.SampleType[i].Type, "inuse_")] += v
			}
		}
		sum := p.Totals()
		for of, got := range map[string]uint64{"objects": sum.EndBlocks, "space": sum.EndBytes, "alloc_objects": sum.TotalBlocks, "alloc_space": sum.TotalBytes} {
			if n := int64(got); n < sums[of] || n > sums[of]+int64(len(p.Points)) {
				t.Errorf("%s: %s is %d, and pprof's %d", name, of, n, sums[of])
			}
		}
		if p.Sampling.MeanBytes != uint64(want.Period) && !p.Sampling.IsExact() {
			t.Errorf("%s: one sample in %d bytes, and by pprof %d", name, p.Sampling.MeanBytes, want.Period)
		}
	}
}

func TestWhatIsKnownDependsOnTheKind(t *testing.T) {
	for _, test := range []struct {
		text    string
		mode    string
		maker   string
		command string
		columns profile.Columns
		exact   bool
	}{
		{heapprofile, "heap", "gperftools", "/srv/app", profile.End, true},
		{remote, "heap", "gperftools", "/home/server", profile.End | profile.NoTotals, false},
		{growth, gperftools.ModeGrowth, "gperftools", "server", 0, true},
		{goText, "heap", "Go", "", profile.End, false},
	} {
		p := read(t, test.text)
		if p.Mode != test.mode || p.Maker != test.maker || p.Command != test.command || p.Columns != test.columns || p.Sampling.IsExact() != test.exact {
			t.Errorf("%.40s: got mode %q, maker %q, command %q, columns %b, %+v", test.text, p.Mode, p.Maker, p.Command, p.Columns, p.Sampling)
		}
	}
	if sum := read(t, growth).Totals(); sum.TotalBytes != 178257920 || sum.TotalBlocks != 85 || sum.EndBytes != 0 {
		t.Errorf("the heap grew by %+v", sum)
	}
}

func TestModulesMayBeNamedInShort(t *testing.T) {
	p := read(t, remote)
	if len(p.Modules) != 2 || p.Modules[0].Path != "/home/server" || p.Modules[1].BuildID != "c0ffee" || p.Modules[1].Bias != 0x7f47a5435000 {
		t.Errorf("modules %+v", p.Modules)
	}
}

func TestNamesBelowAStackAreItsFrames(t *testing.T) {
	p := read(t, goText)
	var got []string
	for _, pt := range p.Points {
		for _, i := range pt.Stack.All() {
			f := p.Frames[i]
			got = append(got, f.Function+" "+f.File)
			if f.Inlined != (f.Function == "main.churn") || f.Function != "" && f.Line == 0 {
				t.Errorf("frame %+v", f)
			}
		}
	}
	if want := "main.churn gop/main.go|main.main gop/main.go|runtime.main runtime/proc.go"; !strings.Contains(strings.Join(got, "|"), want) || len(got) != 4 {
		t.Errorf("got %q", got)
	}
}

func TestBadProfileGetsOneClearLine(t *testing.T) {
	whole, _, _ := strings.Cut(heapprofile, "\nMAPPED")
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "the input is empty"},
		{"first line", "heap profile: none\n", "the input is no heap profile of gperftools: it does not begin with heap profile: BLOCKS: BYTES [BLOCKS: BYTES] @ KIND"},
		{"kind", strings.Replace(growth, "growthz", "fragmentationz", 1), `the input is a profile of gperftools of the kind "fragmentationz", which is none of a heap; google-pprof shows it`},
		{"rate", strings.Replace(remote, "/524288", "/x", 1), "the input is damaged: line 1 has no rate of samples behind the /"},
		{"truncated", whole[:strings.Index(whole, "     3:")], "the input is truncated: it ends in line 2, and has 13738 of 13741 blocks"},
		{"numbers", strings.Replace(heapprofile, "5000532 [", "5000532 (", 1), "the input is damaged: line 2 has not the form BLOCKS: BYTES [BLOCKS: BYTES] @ ADDRESSES"},
		{"address", strings.Replace(heapprofile, "@ 0x12", "@ 12z", 1), "the input is damaged: line 3 has no stack of addresses"},
		{"sum", strings.Replace(heapprofile, "     3:", "18446744073709551615:", 1), "the input is damaged: line 3 brings the sum of all stacks above 2^64-1"},
		{"mapping", strings.Replace(remote, "source=/home", "source", 1), "the input is damaged: line 5 is no mapping"},
	} {
		_, err := gperftools.Read(strings.NewReader(test.text))
		var format *profile.FormatError
		if !errors.As(err, &format) || err.Error() != test.want {
			t.Errorf("%s: got  %v\nwant %s", test.name, err, test.want)
		}
	}
}

// Each text may refer to others, and these to more.
func TestAttributesDoNotGrowWithoutEnd(t *testing.T) {
	text := growth
	for i := range 16 {
		text += string(rune('a'+i)) + "=" + strings.Repeat("$"+string(rune('b'+i)), 100) + "\n"
	}
	_, err := gperftools.Read(strings.NewReader(text + strings.Repeat("$a", 1000) + "\n"))
	var format *profile.FormatError
	if !errors.As(err, &format) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{heapprofile, remote, growth, goText} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := gperftools.Read(bytes.NewReader(text))
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
