package symbol

import (
	"strconv"
	"strings"
	"testing"
)

func TestReadableNames(t *testing.T) {
	m := &Module{names: make(map[string]string)}
	for _, test := range []struct{ name, want string }{
		{"main", "main"},
		{"fopen@@GLIBC_2.2.5", "fopen"},
		{"malloc@plt", "malloc@plt"},
		{"_Znwm@plt", "operator new(unsigned long)@plt"},
		{"insert.part.0", "insert"},
		{"insert.constprop.0.isra.0.cold", "insert"},
		{"_ZN3app5Store3addEi.cold", "app::Store::add(int)"},
		{"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back(int&&)"},
		{"_ZNKSi6gcountEv", "std::istream::gcount() const"},
		{"_Zwrong", "_Zwrong"},
		{"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
		{"_ZN4core3fmt5write17h0123456789abcdefE.llvm.1234", "core::fmt::write"},
		{"_ZN3std3sys9backtrace28__rust_begin_short_backtrace17h0123456789abcdefE", "std::sys::backtrace::__rust_begin_short_backtrace"},
		{"_ZN70_$LT$alloc..vec..Vec$LT$T$C$A$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE", "<alloc::vec::Vec<T,A> as core::ops::drop::Drop>::drop"},
		{"_RNvMs_NtCs1234_7mycrate3fooNtB4_3Bar3baz", "<mycrate::foo::Bar>::baz"},
		{"", ""},
	} {
		if got := m.readable(test.name); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestDamagedRustNameIsLeftAlone(t *testing.T) {
	for _, name := range []string{"_ZN", "_ZNE", "_ZN17h0123456789abcdefE", "_ZN99999999999999999999aE", "_ZN4core", "_ZN4core17h0123456789abcdefEx"} {
		if got, ok := demangleLegacyRust(name); ok {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestNameOfMegabytesIsCutInNoTime(t *testing.T) {
	// make<T60>(T60*), of which T0 is P<int, char> and each other P<the one before, the same>.
	name := "_Z4makeI1PI" + strings.Repeat("S0_I", 59) + "icE"
	for i := 1; i < 60; i++ {
		name += "S" + strings.ToUpper(strconv.FormatInt(int64(i), 36)) + "_E"
	}
	m := &Module{names: make(map[string]string)}
	seen := make(map[string]bool)
	for _, name := range []string{name + "EPvPT_", name + "EPiPT_", strings.Repeat("long", 1<<20), "_Z1f" + strings.Repeat("P", 1<<20) + "i"} {
		got := m.readable(name)
		if len(got) > 4<<10 || len(got) < 4000 || !strings.Contains(got, "…#") {
			t.Errorf("%.40s…: got %d bytes: %.40s…", name, len(got), got)
		}
		seen[got] = true
	}
	if len(seen) != 4 {
		t.Errorf("4 functions have %d names", len(seen))
	}
}

func TestZerosOfRustsNamesAreLengths(t *testing.T) {
	m := &Module{names: make(map[string]string)}
	for name, want := range map[string]string{
		"_RNCNCNvCs2d7P5R7hBbt_4held4main00":                              "held::main::{closure#0}::{closure#0}",
		"_RNvNCNCNvCs2d7P5R7hBbt_4held4main005STATE":                      "held::main::{closure#0}::{closure#0}::STATE",
		"_RNCNCNvCs2d7P5R7hBbt_4held6step2000":                            "held::step20::{closure#0}::{closure#0}",
		"_RNCNCNvCs2d7P5R7hBbt_4held7main00100":                           "held::main001::{closure#0}::{closure#0}",
		"_RNvNCNKNvCs2d7P5R7hBbt_4held5WORDS0023___RUST_STD_INTERNAL_VAL": "held::WORDS::{K#0}::{closure#0}::__RUST_STD_INTERNAL_VAL",
		"_RNCNCNvCs2d7P5R7hBbt_4held4ma00":                                "_RNCNCNvCs2d7P5R7hBbt_4held4ma00",
	} {
		if got := m.readable(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
