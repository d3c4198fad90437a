package dhat

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestWrittenFileLooksAsItAlwaysDid(t *testing.T) {
	const golden = "testdata/golden.json"
	got := encode(t, profiletest.Sample())
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The file older.json is one from before frames said what is inlined, in which
// language they are and of which types, before the call tree was counted, where blocks were freed, what failed and what is resident,
// and when what modules lack was written in words.
func TestFileOfAnOlderHeapprofIsRead(t *testing.T) {
	text, err := os.ReadFile("testdata/older.json")
	if err != nil {
		t.Fatal(err)
	}
	want := profiletest.Sample()
	want.Sampling, want.Points[0].Samples = profile.Sampling{}, nil
	want.Extra, want.Points[0].Edit().Extra = nil, nil
	want.Recording.Notes = []profile.Note{{Code: profile.Worded, Text: "tree: mimalloc is not recorded"}, {Code: profile.Worded, Text: "\"quoted\": ü"}}
	r := want.Recording
	r.Nodes, r.NodeEvents, r.MaxNodes, r.Counts.StacklessBlocks, r.Frees = 0, 0, 0, 0, nil
	r.Allocator, r.Resident, r.CPUTime, r.Snapshots = "", nil, 0, nil
	r.Limit, r.Refusals, r.Counts.OtherRefusals = nil, nil, 0
	for i := range want.Frames {
		f := &want.Frames[i]
		f.Inlined, f.Language, f.Instance, f.Created, f.TypeSize = false, profile.UnknownLanguage, "", "", 0
	}
	if got := decode(t, text); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
