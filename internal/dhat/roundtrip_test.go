package dhat

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"heapprof/internal/wholefile"
)

// profilesDir holds files that valgrind and dhat-rs wrote; see its README.
const profilesDir = "../../testdata/profiles"

// sample is a small profile that uses every part of the model.
func sample() *Profile {
	return &Profile{
		Mode:         "heap",
		Verb:         "Allocated",
		HasLifetimes: true,
		HasAccesses:  true,
		Units:        Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived:   500,
		Command:      "./tree --name \"a\\b\"\n\té",
		PID:          4242,
		PeakTime:     1500,
		EndTime:      2000,
		Frames: []string{
			"[root]",
			"0x1000: build (tree.c:8)",
			"0x1010: main (tree.c:30)",
			"0x7f00: operator new(unsigned long) (in /lib/libstdc++.so.6)",
			MappedMemory,
		},
		Points: []Point{
			{
				TotalBytes: 96, TotalBlocks: 4, TotalLifetime: 5000, MaxBytes: 72, MaxBlocks: 3,
				PeakBytes: 72, PeakBlocks: 3, EndBytes: 24, EndBlocks: 1, ReadBytes: 10, WrittenBytes: 1 << 53,
				Frames: []uint32{1, 2}, TemporaryBlocks: 1, Reallocs: 2,
			},
			{TotalBytes: 1, TotalBlocks: 1, Frames: []uint32{3, 1, 1, 2}, Chunks: []SizeRun{{512, 2}, {1 << 40, 1}}},
		},
		Extra: &Extra{
			Version:  1,
			Program:  "/usr/bin/tree",
			Host:     "build7",
			Start:    time.Date(2026, 1, 31, 12, 0, 0, 500, time.UTC),
			ExitCode: 3,
			Signal:   9,

			AnonymousPeak: 1 << 40, StaticBytes: 4096, StackBytes: 135168, Threads: 3, Depth: 128, Deepest: 300,

			Timeline:     []Sample{{0, 0, 0, 4096}, {1500, 96, 4, 8192}},
			Sizes:        []SizeClass{{16, 1, 1}, {32, 4, 96}},
			Counts:       Counts{1, 2, 3, 4, 5, 6, 7, 8},
			Unseen:       []string{"tree: mimalloc is not recorded", "\"quoted\": ü"},
			MergedPoints: 8,
			Modules: []Module{
				{Path: "/usr/bin/tree", BuildID: "c0ffee", Start: 0x1000, End: 0x2000, Nameless: "was deleted"},
				{Path: "/lib/libstdc++.so.6", Start: 0x7f00, End: 0x8000, Bias: 1<<64 - 4096, MissingSplit: []string{"a.dwo"}},
			},
			FrameModules: []int32{-1, 0, 0, 1, -1},
			Mappings: &Mappings{PeakTime: 1200, Points: []Point{{
				TotalBytes: 1 << 20, TotalBlocks: 2, TotalLifetime: 900, MaxBytes: 1 << 19, MaxBlocks: 1,
				PeakBytes: 1 << 18, PeakBlocks: 1, EndBytes: 4096, EndBlocks: 1, Frames: []uint32{4, 1, 2},
			}}},
		},
	}
}

func encode(t testing.TB, p *Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t testing.TB, text []byte) *Profile {
	t.Helper()
	p, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReadGivesBackWhatWriteWrote(t *testing.T) {
	bare := sample()
	bare.HasAccesses, bare.HasLifetimes, bare.Extra = false, false, nil
	bare.ShortLived, bare.PeakTime = 0, 0
	bare.Units = Units{Unit: "unit", Units: "units", Blocks: "events", Time: "instrs", MegaTime: "Minstr", HasByUnits: true}
	bare.Points = []Point{{TotalBytes: 1, TotalBlocks: 1, Frames: []uint32{1}}}
	empty := sample()
	empty.Points = nil
	for name, want := range map[string]*Profile{"full": sample(), "bare": bare, "empty": empty} {
		t.Run(name, func(t *testing.T) {
			if got := decode(t, encode(t, want)); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestOtherToolsFilesAreReadAndRewritten(t *testing.T) {
	files, err := filepath.Glob(profilesDir + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p, err := ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := decode(t, encode(t, p)); !reflect.DeepEqual(got, p) {
				t.Errorf("got  %+v\nwant %+v", got, p)
			}
		})
	}
}

func TestWriteFileCompressesBySuffixAndReadFileSees(t *testing.T) {
	for suffix, magic := range map[string]string{".json": "{", ".json.gz": "\x1f\x8b", ".json.zst": "\x28\xb5\x2f\xfd"} {
		path := filepath.Join(t.TempDir(), "new", "dir", "out"+suffix)
		if err := WriteFile(path, wholefile.Options{}, sample()); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(text, []byte(magic)) {
			t.Errorf("%s begins with %q, want %q", suffix, text[:4], magic)
		}
		got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, sample()) {
			t.Errorf("%s: got %+v", suffix, got)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", maxString+1), strings.Repeat("\xff", maxString/2), strings.Repeat("…", maxString/3+1)} {
		p := &Profile{Mode: "heap", Command: long, Frames: []string{rootFrame, long}, Points: []Point{{Frames: []uint32{1}}}}
		var file bytes.Buffer
		if err := Write(&file, p); err != nil {
			t.Fatal(err)
		}
		got, err := Read(&file)
		if err != nil {
			t.Errorf("%.3q…: %v", long, err)
		} else if text := got.Frames[1]; len(text) > maxString || !utf8.ValidString(text) || text == "" {
			t.Errorf("%.3q…: read back as %d bytes", long, len(text))
		}
	}
}
