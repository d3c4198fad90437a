//go:build linux && (amd64 || arm64)

package tracker

import (
	"reflect"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

func TestPythonWhoseFunctionsAreNotFollowedIsNoted(t *testing.T) {
	for _, c := range []struct {
		facts replay.Facts
		want  []profile.Note
	}{
		{replay.Facts{}, nil},
		{replay.Facts{PythonArenas: true}, nil},
		{replay.Facts{Python: wire.PythonFollowed, PythonVersion: 0x030b02f0}, nil},
		{replay.Facts{Python: wire.PythonFollowed, PythonVersion: 0x030b02f0, PythonArenas: true}, []profile.Note{{Code: profile.PythonArenas}}},
		{replay.Facts{Python: wire.PythonUnknown, PythonVersion: 0x030f00f0}, []profile.Note{{Code: profile.PythonUnknown, Text: "3.15"}}},
		{replay.Facts{Python: wire.PythonUnknown, PythonVersion: 0x03000000}, []profile.Note{{Code: profile.PythonUnknown}}},
		{replay.Facts{Python: wire.PythonUnlike, PythonVersion: 0x030c01f0}, []profile.Note{{Code: profile.PythonUnlike, Text: "3.12"}}},
	} {
		if got := pythonNotes(c.facts); !reflect.DeepEqual(got, c.want) {
			t.Errorf("of %+v: %+v, want %+v", c.facts, got, c.want)
		}
	}
}
