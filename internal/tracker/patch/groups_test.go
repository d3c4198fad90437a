package patch

import (
	"fmt"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestFamiliesStandOrFallTogether has programs of which one function that frees cannot be
// hooked: that falls with it whose blocks would seem to live for ever, and no more.
func TestFamiliesStandOrFallTogether(t *testing.T) {
	const hooked = "hooked: "
	const (
		broken = "linked-to-broken operator delete(void*, unsigned long): "
		unseen = "{[operator delete(void*, unsigned long)] branch-inside +0x7 +0x1}"
	)
	for _, test := range []struct {
		flags  string
		want   map[string]string // the beginnings of what becomes of the functions
		unseen string
	}{
		{"-DPASSES", map[string]string{
			"malloc": hooked, "free": hooked, "_ZdlPv": hooked, "_Znwm": hooked,
			"_ZdlPvm": "passes-blocks-to free",
		}, ""},
		{"-DPASSES -DAPART -DTHIRD", map[string]string{
			"malloc": hooked, "free": hooked, "mi_free": hooked, "_ZdlPv": hooked, "_Znwm": hooked, "mi_malloc": hooked,
			"_ZdlPvm": "passes-blocks-to free",
		}, ""},
		{"-DPASSES -DKEEPS -DOWN -DAPART", map[string]string{
			"malloc": hooked, "free": hooked, "_ZdlPv": "family-broken operator delete", "_Znwm": "family-broken operator delete", "_ZdlPvm": "branch-inside",
		}, ""},
		{"", map[string]string{
			"malloc": broken + "of-other-too free = operator delete(void*) c++-operators: branch-inside +0x7 +0x1", "free": "family-broken operator delete(void*, unsigned long)",
			"_ZdlPv": "family-broken operator delete(void*, unsigned long)", "_Znwm": "family-broken operator delete(void*, unsigned long)", "_ZdlPvm": "branch-inside",
		}, `["c++-operators" "malloc"]: [` + unseen + "] [of-other-too free = operator delete(void*) c++-operators]"},
		{"-DOWN -DTHIRD", map[string]string{
			"malloc": broken + "of-other-too free = mi_free = operator delete(void*) c++-operators", "mi_malloc": broken + "of-other-too free = mi_free = operator delete(void*) c++-operators",
			"free": "family-broken operator delete", "mi_free": "family-broken operator delete", "_ZdlPv": "family-broken operator delete", "_Znwm": "family-broken operator delete", "_ZdlPvm": "branch-inside",
		}, `["c++-operators" "malloc" "mimalloc"]: [{[operator delete(void*, unsigned long)] branch-inside`},
		{"-DAPART", map[string]string{
			"malloc": broken + "calls-other operator new(unsigned long) malloc c++-operators: branch-inside +0x7 +0x1", "free": broken + "calls-other operator new(unsigned long) malloc",
			"_ZdlPv": "family-broken operator delete", "_Znwm": "family-broken operator delete", "_ZdlPvm": "branch-inside",
		}, `["c++-operators" "malloc"]: [` + unseen + "] [calls-other operator new(unsigned long) malloc"},
		{"-DAPART -DOWN", map[string]string{
			"malloc": hooked, "free": hooked, "_ZdlPv": "family-broken operator delete", "_Znwm": "family-broken operator delete", "_ZdlPvm": "branch-inside",
		}, ""},
	} {
		t.Run(test.flags, func(t *testing.T) {
			testkit.Tool(t, "gcc")
			p := read(t, testkit.Build(t, "half_family.c", append([]string{"-O1", "-fno-builtin"}, strings.Fields(test.flags)...)...), Options{})
			got := summary(p)
			for name, want := range test.want {
				if !strings.HasPrefix(got[name], want) {
					t.Errorf("%s: %s, want %s", name, got[name], want)
				}
				delete(got, name)
			}
			if len(got) > 0 {
				t.Errorf("%v besides", got)
			}
			said := ""
			for _, h := range p.Unseen {
				n := h.Note()
				said += fmt.Sprintf("%q: %v %v", n.Allocators, n.Functions, n.Causes)
			}
			if !strings.HasPrefix(said, test.unseen) || test.unseen == "" && said != "" {
				t.Errorf("said is %q, want %q", said, test.unseen)
			}
		})
	}
}
