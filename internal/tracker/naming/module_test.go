//go:build linux && (amd64 || arm64)

package naming

import (
	"os"
	"path/filepath"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
)

func TestWhyAFileHasNoNames(t *testing.T) {
	r := symbol.NewResolver(symbol.Options{DebugDirs: []string{}})
	defer r.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(t.TempDir(), "gone.so")
	for _, test := range []struct {
		m    replay.Module
		want profile.Nameless
	}{
		{replay.Module{Path: gone, BuildID: "\xc0\xff\xee"}, profile.Deleted},
		{replay.Module{Path: gone}, profile.Deleted},
		{replay.Module{Path: self, BuildID: "\xc0\xff\xee"}, profile.Replaced},
		{replay.Module{Path: self}, ""},
	} {
		var o opened
		o.file, o.err = OpenModule(test.m, r)
		if got := o.nameless(); got != test.want {
			t.Errorf("%q with build-id %x: got %q, want %q", test.m.Path, test.m.BuildID, got, test.want)
		}
	}
}
