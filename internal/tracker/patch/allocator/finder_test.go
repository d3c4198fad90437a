package allocator

import "testing"

// TestNamesThatPeoplePasteAreFound has names as nm -C prints them, and the symbols that
// they are of.
func TestNamesThatPeoplePasteAreFound(t *testing.T) {
	for _, test := range []struct {
		name, symbol string
		want         bool
	}{
		{"pool_alloc", "pool_alloc", true},
		{"pool_alloc", "pool_alloc@@POOL_1.0", true},
		{"pool_alloc", "pool_alloc2", false},
		{"pool_alloc", "my_pool_alloc", false},
		{"pool_alloc", "pool_alloc.cold", false},
		{"p", "p", true},
		{"Pool::alloc(unsigned long)", "_ZN4Pool5allocEm", true},
		{"Pool::alloc", "_ZN4Pool5allocEm", true},
		{"Pool::alloc", "_ZN4Pool5allocEm.cold", false},
		{"Pool::alloc(unsigned long)", "_ZN4Pool5allocEm.part.0", false},
		{"Pool::alloc(unsigned long)", "_ZN4Pool5allocEi", false},
		{"Pool::alloc", "_ZN4Pool8allocateEm", false},
		{"Pool::operator()(unsigned long)", "_ZN4PoolclEm", true},
		{"void* Pool::get<int>(unsigned long)", "_ZN4Pool3getIiEEPvm", true},
		{"(anonymous namespace)::pool_alloc(unsigned long)", "_ZN12_GLOBAL__N_1L10pool_allocEm", true},
		{"pool_alloc(unsigned long)", "_Z10pool_allocm", true},
		{"pool_alloc", "_Z10pool_allocm", true},
		{"std::pmr::get_default_resource()", "_ZNSt3pmr20get_default_resourceEv", true},
		{"operator new(unsigned long)", "_Znwm", true},
		{"<my_crate::pool::Pool>::take", "_RNvMNtCs1a2b3c_8my_crate4poolNtB2_4Pool4take", true},
		{"my_crate::pool::take", "_ZN8my_crate4pool4take17h0123456789abcdefE", true},
		{"<my_crate::Pool as my_crate::Source>::take", "_ZN51_$LT$my_crate..Pool$u20$as$u20$my_crate..Source$GT$4take17h0123456789abcdefE", true},
		{"my_crate::pool::take::h0123456789abcdef", "_ZN8my_crate4pool4take17h0123456789abcdefE", true},
		{"<my_crate[3f71b064]::pool::Pool>::take", "_RNvMNtCs1a2b3c_8my_crate4poolNtB2_4Pool4take", true},
		{"fill(int (&) [16])", "_Z4fillRA16_i", true},
		{"my_crate::pool::take", "_ZN8my_crate4pool5taken17h0123456789abcdefE", false},
	} {
		f := NewFinder([]Function{{Name: test.name}})
		if k, ok := find(f, test.symbol); (ok && k.Users == test.name) != test.want {
			t.Errorf("%q is %s: %v, want %v", test.name, test.symbol, !test.want, test.want)
		}
	}
}
