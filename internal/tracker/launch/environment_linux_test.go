//go:build linux && (amd64 || arm64)

package launch

import (
	"slices"
	"testing"

	"heapprof/internal/tracker/wire"
)

func TestWhatTheUserPreloadsStaysBehindTheTracker(t *testing.T) {
	for name, c := range map[string]struct{ env, want []string }{
		"nothing of the user's": {
			[]string{"HOME=/root"},
			[]string{"HOME=/root", "LD_PRELOAD=/lib.so", "ASAN_OPTIONS=verify_asan_link_order=0", wire.Env + "=7:3"},
		},
		"a library, options, and the memory of another recorder": {
			[]string{"LD_PRELOAD=/theirs.so", "ASAN_OPTIONS=detect_leaks=0", wire.Env + "=1:2", "HOME=/root"},
			[]string{"HOME=/root", "LD_PRELOAD=/lib.so:/theirs.so", "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0", wire.Env + "=7:3"},
		},
		"empty values": {
			[]string{"LD_PRELOAD=", "ASAN_OPTIONS="},
			[]string{"LD_PRELOAD=/lib.so", "ASAN_OPTIONS=verify_asan_link_order=0", wire.Env + "=7:3"},
		},
	} {
		if got := Environment(c.env, "/lib.so", 7, 3); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPythonIsToldWhereToAllocateUnlessItIs(t *testing.T) {
	for _, c := range []struct{ env, want []string }{
		{[]string{"HOME=/root"}, []string{"HOME=/root", "PYTHONMALLOC=malloc"}},
		{[]string{"PYTHONMALLOC=debug", "HOME=/root"}, []string{"PYTHONMALLOC=debug", "HOME=/root"}},
	} {
		if got := WithPythonsBlocks(c.env); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
