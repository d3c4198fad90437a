package names

import "testing"

func TestAFunctionKeepsItsNameInClonesAndRebuilds(t *testing.T) {
	for name, want := range map[string]string{
		"build(int) [clone .cold]":                 "build(int)",
		"grow.constprop.0.isra.0":                  "grow",
		"grow.llvm.1234":                           "grow",
		"app::load::h0123456789abcdef":             "app::load",
		"app::load::h0123456789abcdeg":             "app::load::h0123456789abcdeg",
		"app::h01::load":                           "app::h01::load",
		"app::Tree::grow(int) [clone .lto_priv.0]": "app::Tree::grow(int)",
	} {
		if got := Stable(WithoutCloneSuffix(name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestALinkersNameHasNoFormOfALanguage(t *testing.T) {
	for name, want := range map[string]bool{"malloc": true, "_ZN3app3runEv": true, "memcpy@@GLIBC_2.14": true, "app::run": false, "run()": false, "A<b>": false, "prog+0x12": false} {
		if got := IsLinkersName(name); got != want {
			t.Errorf("%s may be a symbol: %v", name, got)
		}
	}
}
