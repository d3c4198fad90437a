package clone

import "testing"

func TestNamesOfClonesAreThoseOfTheirOriginals(t *testing.T) {
	for name, want := range map[string]struct{ original, whole string }{
		"malloc":                      {"malloc", "malloc"},
		"malloc.part.0":               {"malloc", "malloc.part.0"},
		"grow.constprop.0.isra.0":     {"grow", "grow.constprop.0.isra.0"},
		"main.cold":                   {"main", "main.cold"},
		"free.llvm.1234567890":        {"free", "free"},
		"alloc.lto_priv.0":            {"alloc", "alloc"},
		"alloc.lto_priv.0.localalias": {"alloc", "alloc"},
		"alloc.part.0.lto_priv.1":     {"alloc", "alloc.part.0"},
		"alloc.lto_priv.mine":         {"alloc", "alloc.lto_priv.mine"},
		".llvm.1":                     {".llvm.1", ".llvm.1"},
		"":                            {"", ""},
	} {
		if got := Original(name); got != want.original {
			t.Errorf("Original(%q) is %q, want %q", name, got, want.original)
		}
		if got := string(OriginalOfWhole([]byte(name))); got != want.whole {
			t.Errorf("OriginalOfWhole(%q) is %q, want %q", name, got, want.whole)
		}
	}
}
