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

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

// profilesDir holds files that valgrind and dhat-rs wrote; see its README.
const profilesDir = "../../testdata/profiles"

func encode(t testing.TB, p *profile.Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := checkAndWrite(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t testing.TB, text []byte) *profile.Profile {
	t.Helper()
	p, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReadGivesBackWhatWriteWrote(t *testing.T) {
	bare := profiletest.Sample()
	bare.Columns, bare.Sampling, bare.Recording, bare.Timeline = 0, profile.Sampling{}, nil, nil
	bare.Extra = nil
	bare.Frames, bare.Modules = []profile.Frame{profile.Root, {Addr: 1, Function: "f", File: "a.c", Line: 2}}, nil
	bare.ShortLived, bare.PeakTime = 0, 0
	bare.Units = profile.Units{Unit: "unit", Units: "units", Blocks: "events", Time: "instrs", MegaTime: "Minstr", HasByUnits: true}
	bare.Points = []profile.Point{{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1)}}
	empty := profiletest.Sample()
	empty.Points, empty.Recording.Frees, empty.Recording.Resident, empty.Recording.Snapshots = nil, &profile.Frees{}, &profile.Resident{}, nil
	without := profiletest.Sample()
	without.Recording.Frees = nil
	fewer := profiletest.Sample()
	fewer.Columns &^= profile.Reallocs | profile.Chunks
	other := profiletest.Sample()
	other.Maker, other.RunsOn, other.Recording, other.Modules[1].ByOffset = "heaptrack", true, nil, true
	some := bareOf("jemalloc", profile.Peak|profile.End|profile.NoTotals, profile.Point{PeakBytes: 9, PeakBlocks: 2, EndBytes: 7, EndBlocks: 1, Stack: profile.StackOf(1)})
	bytesOnly := bareOf("massif", profile.Peak|profile.NoTotals|profile.NoBlocks, profile.Point{PeakBytes: 9, Stack: profile.StackOf(1)})
	merged, tools := profiletest.Sample(), profiletest.Sample()
	merged.Merged = []profile.Part{{Command: "./tree", Profiles: 2}, {Profiles: 1}}
	tools.Recording, tools.Merged = nil, merged.Merged
	start := merged.Recording.Start
	merged.Recording.Joint = &profile.Joint{
		Lives:  []profile.Life{{Start: start, Time: 10, PeakBytes: 4}, {Start: start.Add(20 * time.Microsecond), Time: 7, PeakBytes: 3}},
		Course: []profile.Reading{{Time: 3, Bytes: 4, Blocks: 1, RSS: 4096}, {Time: 11}, {Time: 21, Bytes: 3, Blocks: 1}},
	}
	nameless := profiletest.Sample()
	nameless.Frames[3].Function, nameless.Frames[3].Entry = "", 0x7f00-0x20
	for name, want := range map[string]*profile.Profile{
		"some columns": some, "bytes only": bytesOnly, "of another tool": other, "full": profiletest.Sample(), "bare": bare, "empty": empty, "fewer columns": fewer, "without frees": without,
		"functions without names": nameless, "merged": merged, "merged of valgrind's": tools,
	} {
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
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := decode(t, text)
			if got := decode(t, encode(t, p)); !reflect.DeepEqual(got, p) {
				t.Errorf("got  %+v\nwant %+v", got, p)
			}
		})
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", maxString+1), strings.Repeat("\xff", maxString/2), strings.Repeat("…", maxString/3+1)} {
		p := &profile.Profile{Mode: "heap", Command: long, Frames: []profile.Frame{profile.Root, {Function: long}}, Points: []profile.Point{{Stack: profile.StackOf(1)}}}
		var file bytes.Buffer
		if err := checkAndWrite(&file, p); err != nil {
			t.Fatal(err)
		}
		got, err := Read(&file)
		if err != nil {
			t.Errorf("%.3q…: %v", long, err)
		} else if text := got.Frames[1].Function; len(text) > maxString || !utf8.ValidString(text) || text == "" {
			t.Errorf("%.3q…: read back as %d bytes", long, len(text))
		}
	}
}

// bareOf returns a profile of another tool with one point.
func bareOf(maker string, columns profile.Columns, pt profile.Point) *profile.Profile {
	return &profile.Profile{
		Maker: maker, Mode: "heap", Verb: "Allocated", Columns: columns,
		Units:    profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		PeakTime: 5, EndTime: 9,
		Frames: []profile.Frame{profile.Root, {Addr: 0x10, Function: "main", File: "a.c", Line: 3}},
		Points: []profile.Point{pt},
	}
}
