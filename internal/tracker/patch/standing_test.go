package patch

import (
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestFamiliesStandOrFallTogether has programs of which one function that frees cannot be
// hooked: that falls with it whose blocks would seem to live for ever, and no more.
func TestFamiliesStandOrFallTogether(t *testing.T) {
	const hooked = "hooked: "
	const cause = "of which operator delete(void*, unsigned long) cannot be hooked (a branch at +0x7 goes to +0x1, which the jump would overwrite), and blocks would seem to live for ever"
	for _, test := range []struct {
		flags  string
		want   map[string]string // the beginnings of what becomes of the functions
		unseen string
	}{
		{"-DPASSES", map[string]string{
			"malloc": hooked, "free": hooked, "_ZdlPv": hooked, "_Znwm": hooked,
			"_ZdlPvm": "passes its blocks on to free, which is hooked",
		}, ""},
		{"-DPASSES -DAPART -DTHIRD", map[string]string{
			"malloc": hooked, "free": hooked, "mi_free": hooked, "_ZdlPv": hooked, "_Znwm": hooked, "mi_malloc": hooked,
			"_ZdlPvm": "passes its blocks on to free, which is hooked",
		}, ""},
		{"-DPASSES -DKEEPS -DOWN -DAPART", map[string]string{
			"malloc": hooked, "free": hooked, "_ZdlPv": "operator delete", "_Znwm": "operator delete", "_ZdlPvm": "a branch at",
		}, ""},
		{"", map[string]string{
			"malloc": "free = operator delete(void*) is of C++ operators too, " + cause, "free": "operator delete(void*, unsigned long) of its family",
			"_ZdlPv": "operator delete(void*, unsigned long) of its family", "_Znwm": "operator delete(void*, unsigned long) of its family", "_ZdlPvm": "a branch at",
		}, "C++ operators and malloc cannot be hooked (operator delete(void*, unsigned long): a branch at +0x7 goes to +0x1, which the jump would overwrite; free = operator delete(void*) is of C++ operators too)"},
		{"-DOWN -DTHIRD", map[string]string{
			"malloc": "free = mi_free = operator delete(void*) is of C++ operators too, ", "mi_malloc": "free = mi_free = operator delete(void*) is of C++ operators too, ",
			"free": "operator delete", "mi_free": "operator delete", "_ZdlPv": "operator delete", "_Znwm": "operator delete", "_ZdlPvm": "a branch at",
		}, "C++ operators and malloc and mimalloc cannot be hooked (operator delete(void*, unsigned long): a branch"},
		{"-DAPART", map[string]string{
			"malloc": "operator new(unsigned long) calls malloc and is of C++ operators, " + cause, "free": "operator new(unsigned long) calls malloc",
			"_ZdlPv": "operator delete", "_Znwm": "operator delete", "_ZdlPvm": "a branch at",
		}, "C++ operators and malloc cannot be hooked (operator delete(void*, unsigned long): a branch at +0x7 goes to +0x1, which the jump would overwrite; operator new(unsigned long) calls malloc"},
		{"-DAPART -DOWN", map[string]string{
			"malloc": hooked, "free": hooked, "_ZdlPv": "operator delete", "_Znwm": "operator delete", "_ZdlPvm": "a branch at",
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
				said += h.String()
			}
			if !strings.HasPrefix(said, test.unseen) || test.unseen == "" && said != "" {
				t.Errorf("said is %q, want %q", said, test.unseen)
			}
		})
	}
}
