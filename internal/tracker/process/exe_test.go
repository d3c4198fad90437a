//go:build linux && (amd64 || arm64)

package process

import "testing"

func TestWhoAllocatesForPythonIsToldByTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		environment []string
		want        bool
	}{
		{[]string{"PATH=/bin", "HOME=/"}, true},
		{[]string{"PATH=/bin", "PYTHONMALLOC=malloc"}, false},
		{[]string{"PYTHONMALLOC=malloc_debug"}, false},
		{[]string{"PYTHONMALLOC=pymalloc", "PATH=/bin"}, true},
		{[]string{"PYTHONMALLOC=", "PATH=/bin"}, true},
		{nil, false}, // it has ended, or nothing is known
		{[]string{"postgres: postgres postgres [local] idle", "", "B=/bin"}, false}, // a title was written over it
	} {
		if got := arenasIn(c.environment); got != c.want {
			t.Errorf("%q: %v", c.environment, got)
		}
	}
}
