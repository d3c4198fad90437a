//go:build linux

package resident

import (
	"strings"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
)

// layOutText lays out what a text of smaps tells.
func layOutText(t *testing.T, s *Subject, smaps string) *layout {
	t.Helper()
	var parts []procfs.MappedMemory
	if err := procfs.ParseSmaps(strings.NewReader(smaps), func(m procfs.MappedMemory) { parts = append(parts, m) }); err != nil {
		t.Fatal(err)
	}
	self, err := procfs.Self()
	if err != nil {
		t.Fatal(err)
	}
	survey, err := self.Survey(nil)
	if err != nil {
		t.Skip("the kernel shows no pages: ", err)
	}
	defer survey.Close()
	survey.Parts = parts
	l, err := layOut(s, survey)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestMappingsAreWhatTheirPlaceNameAndFlagsTell(t *testing.T) {
	const smaps = `555555554000-555555560000 r-xp 00000000 fe:00 77 /bin/prog
Rss:                  40 kB
Anonymous:             0 kB
555555560000-555555570000 rw-p 0000c000 fe:00 77 /bin/prog
Rss:                  12 kB
Anonymous:             8 kB
555555570000-555555580000 rw-p 00000000 00:00 0
Rss:                  16 kB
Anonymous:            16 kB
555555600000-555555700000 rw-p 00000000 00:00 0 [heap]
Rss:                 100 kB
Anonymous:           100 kB
7ffe00000000-7ffe00100000 rw-p 00000000 00:00 0
Rss:                 200 kB
Anonymous:           200 kB
VmFlags: rd wr mr mw me nr
7ffe00100000-7ffe04000000 ---p 00000000 00:00 0
VmFlags: mr mw me nr
7ffe10000000-7ffe10001000 ---p 00000000 00:00 0
7ffe10001000-7ffe10801000 rw-p 00000000 00:00 0
Rss:                  24 kB
Anonymous:            24 kB
7ffe20000000-7ffe20100000 rw-p 00000000 00:00 0
Rss:                 300 kB
Anonymous:           300 kB
VmFlags: rd wr mr mw me ac
7ffe20200000-7ffe20300000 rw-p 00000000 00:00 0
Rss:                 400 kB
Anonymous:           400 kB
VmFlags: rd wr mr mw me nr wf
7ffe20300000-7ffe20301000 r-xp 00000000 00:00 0
Rss:                   4 kB
Anonymous:             4 kB
7ffe20400000-7ffe20410000 rwxp 00000000 00:00 0
Rss:                  64 kB
Anonymous:            64 kB
7ffe30000000-7ffe30010000 rw-s 00000000 00:01 5 /memfd:heapprof (deleted)
Rss:                  32 kB
Anonymous:             0 kB
7ffe30020000-7ffe30030000 rw-s 00000000 00:01 6 /dev/zero (deleted)
Rss:                  48 kB
Anonymous:             0 kB
7ffe30040000-7ffe30050000 r-xp 00000000 fe:00 78 /lib/tracker.so
Rss:                  56 kB
Anonymous:             0 kB
7ffe30050000-7ffe30058000 rw-p 00000000 00:00 0
Rss:                  20 kB
Anonymous:            20 kB
7ffe30060000-7ffe30070000 r--s 00000000 fe:00 79 /data/table
Rss:                  60 kB
Anonymous:             0 kB
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 [stack]
Rss:                  80 kB
Anonymous:            80 kB
`
	l := layOutText(t, &Subject{
		Allocator: sizeclass.Glibc, Library: "/lib/tracker.so", Memory: "/memfd:heapprof",
		Modules: []Module{{"/lib/tracker.so", 0x7ffe30040000, 0x7ffe30058000}, {"/bin/prog", 0x555555554000, 0x555555580000}}, Code: []Code{{0x7ffe20300000, 0x7ffe20300100}},
	}, smaps)
	sum := newSums(sizeclass.Glibc)
	sum.addZones(l)
	want := map[profile.ResidentKind]uint64{
		profile.Files: 40 + 4 + 60, profile.StaticData: 8 + 16, profile.FreeHeap: 100, profile.FreeArenas: 200, profile.ThreadStacks: 24,
		profile.MappedByProgram: 300, profile.OfTracker: 400 + 4 + 32 + 56 + 20, profile.MadeCode: 64, profile.SharedMemory: 48, profile.MainStack: 80,
	}
	for _, part := range sum.list() {
		if part.Bytes != want[part.Kind]<<10 {
			t.Errorf("%s: %d KiB, want %d", part.Kind, part.Bytes>>10, want[part.Kind])
		}
		delete(want, part.Kind)
	}
	if len(want) > 0 {
		t.Errorf("there is none of %v", want)
	}
	if files := sum.part(profile.Files); files.Count != 2 || files.Name != "/data/table" || files.Largest != 60<<10 {
		t.Errorf("%+v", files)
	}
}

// A Go program's heap lies as an arena of glibc's does: only that it has room in advance tells
// them apart, or blocks.
func TestWhatOnlyLooksLikeAnArenaIsNone(t *testing.T) {
	const smaps = `c000000000-c000400000 rw-p 00000000 00:00 0
Rss:                 200 kB
Anonymous:           200 kB
VmFlags: rd wr mr mw me ac
c000400000-c004000000 ---p 00000000 00:00 0
VmFlags: mr mw me
`
	for _, blocks := range []bool{false, true} {
		l := layOutText(t, &Subject{Allocator: sizeclass.Glibc, Memory: "-"}, smaps)
		l.zones[0].blocks = blocks
		l.settle()
		want := profile.MappedByProgram
		if blocks {
			want = profile.FreeArenas
		}
		if got := l.zones[0].kind; got != want {
			t.Errorf("with blocks: %t: %s, want %s", blocks, got, want)
		}
	}
}

func TestTheBreakIsTheHeapOfWhoeverUsesIt(t *testing.T) {
	const smaps = `555555600000-555555700000 rw-p 00000000 00:00 0 [heap]
Rss:                 100 kB
Anonymous:           100 kB
`
	for allocator, want := range map[sizeclass.Allocator]zone{
		sizeclass.Glibc:    {kind: profile.FreeHeap, of: sizeclass.Glibc},
		sizeclass.Jemalloc: {kind: profile.FreeHeap, of: sizeclass.Glibc},
		sizeclass.Tcmalloc: {kind: profile.FreeAllocator, of: sizeclass.Tcmalloc},
		sizeclass.Musl:     {kind: profile.FreeAllocator, of: sizeclass.Musl},
		"":                 {kind: profile.FreeAllocator},
	} {
		if got := layOutText(t, &Subject{Allocator: allocator, Memory: "-"}, smaps).zones[0]; got.kind != want.kind || got.of != want.of {
			t.Errorf("%q: %s of %q, want %s of %q", allocator, got.kind, got.of, want.kind, want.of)
		}
	}
}
