//go:build linux && (amd64 || arm64)

package tracker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/symbol"
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
		m    module
		want string
	}{
		{module{path: gone, buildID: "\xc0\xff\xee"}, "was deleted"},
		{module{path: gone}, "was deleted"},
		{module{path: self, buildID: "\xc0\xff\xee"}, "was replaced"},
		{module{path: self}, ""},
	} {
		var o opened
		o.file, o.err = test.m.open(r)
		if got := o.nameless(); !strings.HasPrefix(got, test.want) || got != "" && test.want == "" {
			t.Errorf("%q with build-id %x: got %q, want %q", test.m.path, test.m.buildID, got, test.want)
		}
	}
}
