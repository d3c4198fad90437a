package allocator

import (
	"strings"
	"testing"

	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// find looks a symbol up as it is done in a table of names.
func find(f *Finder, symbol string) (Known, bool) {
	names := []byte("\x00" + symbol + "\x00\x00\x00")
	if !f.MayKnow(names, 1) {
		return Known{}, false
	}
	return f.Find([]byte(symbol))
}

// TestNamesMeanWhatTheirManualsSay holds samples of each family against its manual or
// header, and names that only look like one of them.
func TestNamesMeanWhatTheirManualsSay(t *testing.T) {
	names := familiesOnly()
	for symbol, want := range map[string]Call{
		"malloc":                             {Action: wire.ActionAlloc, Size: 1},
		"malloc@@GLIBC_2.2.5":                {Action: wire.ActionAlloc, Size: 1},
		"calloc.localalias":                  {Action: wire.ActionAlloc, Count: 1, Size: 2},
		"free.llvm.123":                      {Action: wire.ActionFree, Pointer: 1},
		"posix_memalign":                     {Action: wire.ActionAlloc, Out: 1, Align: 2, Size: 3},
		"reallocf":                           {Action: wire.ActionReallocOrFree, Pointer: 1, Size: 2},
		"_rjem_malloc":                       {Action: wire.ActionAlloc, Size: 1},
		"_rjem_mallocx":                      {Action: wire.ActionAlloc, Size: 1},
		"_rjem_rallocx":                      {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
		"je_xallocx":                         {Action: wire.ActionResize, Pointer: 1, Size: 2},
		"je_sdallocx":                        {Action: wire.ActionFree, Pointer: 1, Sized: 2},
		"je_aligned_alloc":                   {Action: wire.ActionAlloc, Align: 1, Size: 2},
		"mi_malloc_aligned":                  {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"mi_aligned_alloc":                   {Action: wire.ActionAlloc, Align: 1, Size: 2},
		"mi_zalloc":                          {Action: wire.ActionAlloc, Size: 1},
		"mi_realloc_aligned":                 {Action: wire.ActionRealloc, Pointer: 1, Size: 2, Align: 3},
		"mi_free_size":                       {Action: wire.ActionFree, Pointer: 1, Sized: 2},
		"mi_heap_calloc":                     {Action: wire.ActionAlloc, Count: 2, Size: 3},
		"mi_heap_recalloc_aligned":           {Action: wire.ActionRealloc, Pointer: 2, Count: 3, Size: 4, Align: 5},
		"mi_theap_malloc":                    {Action: wire.ActionAlloc, Size: 2},
		"tc_memalign":                        {Action: wire.ActionAlloc, Align: 1, Size: 2},
		"tc_newarray_aligned_nothrow":        {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"tc_delete_sized_aligned":            {Action: wire.ActionFree, Pointer: 1, Align: 3, Sized: 2},
		"TCMallocInternalCalloc":             {Action: wire.ActionAlloc, Count: 1, Size: 2},
		"_Znwm":                              {Action: wire.ActionAlloc, Size: 1},
		"_ZnamSt11align_val_tRKSt9nothrow_t": {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"_ZdlPvmSt11align_val_t":             {Action: wire.ActionFree, Pointer: 1, Align: 3, Sized: 2},
		"rpaligned_calloc":                   {Action: wire.ActionAlloc, Align: 1, Count: 2, Size: 3},
		"moz_arena_realloc":                  {Action: wire.ActionRealloc, Pointer: 2, Size: 3},
		"sn_rust_realloc":                    {Action: wire.ActionRealloc, Pointer: 1, Align: 2, Size: 4},
		"__rust_alloc":                       {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"__rg_realloc":                       {Action: wire.ActionRealloc, Pointer: 1, Align: 3, Size: 4},
		"_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc":        {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"_RNvCsfLfy6EI15iL_7___rustc19___rust_alloc_zeroed": {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"_RNvCs6xxl1lAjzDf_7___rustc14___rust_dealloc":      {Action: wire.ActionFree, Pointer: 1, Align: 3},
		"_RNvCs6xxl1lAjzDf_7___rustc10___rg_alloc":          {Action: wire.ActionAlloc, Size: 1, Align: 2},
		"_ZN7__rustc12__rust_alloc17h4750c49ddf7dc2f8E":     {Action: wire.ActionAlloc, Size: 1, Align: 2},
	} {
		if got, ok := find(names, symbol); !ok || got.Call != want || got.CallsMalloc {
			t.Errorf("%s: %+v (known: %v, calls malloc: %v), want %+v", symbol, got.Call, ok, got.CallsMalloc, want)
		}
	}
	for _, symbol := range []string{
		"malloc_usable_size", "mi_usable_size", "sallocx", "_rjem_nallocx", "tc_malloc_size", "malloc_consolidate", // sizes of blocks, and insides
		"malloc.cold", "realloc.part.0", "calloc.constprop.0", "free.isra.0", // not their arguments
		"__libc_malloc", "xmalloc", "my_malloc", "mi_malloc_generic", "mi_strdup",
		"_RNvCsfLfy6EI15iL_7___rustc35___rust_no_alloc_shim_is_unstable_v2",
		"_RNvCsfLfy6EI15iL_7___rustc99___rust_alloc", "_RNvCsfLfy6EI15iL_7___rustc", "_RNvC", "_ZN7__rustc", "_RNvCs1_7___rustc0_",
		"_RNvCsfLfy6EI15iL_6mycrat12___rust_alloc",
	} {
		if got, ok := find(names, symbol); ok {
			t.Errorf("%s is taken for %s's, %+v", symbol, got.Family, got.Call)
		}
	}
	for _, symbol := range []string{"__rdl_alloc", "_RNvCsfLfy6EI15iL_7___rustc13___rdl_dealloc"} {
		if got, _ := find(names, symbol); !got.CallsMalloc {
			t.Errorf("%s is hooked, but malloc is behind it", symbol)
		}
	}
}

// TestEveryCallOfTheTableMakesSense checks what no single family's manual says.
func TestEveryCallOfTheTableMakesSense(t *testing.T) {
	for name, k := range table() {
		c := k.Call
		if !HasBlocks(k.Family) || c == (Call{}) {
			continue
		}
		if !isOfSixArguments(c) {
			t.Errorf("%s: an argument means two things, or is not in a register: %+v", name, c)
		}
		if !makesBlocks(c) && !changesBlocks(c) && !freesBlocks(c) {
			t.Errorf("%s: %+v is no way to treat a block", name, c)
		}
	}
}

func isOfSixArguments(c Call) bool {
	var seen [isa.LastArgument + 1]bool
	for _, argument := range []uint8{c.Size, c.Count, c.Pointer, c.Align, c.Sized, c.Out} {
		if argument > isa.LastArgument || argument != 0 && seen[argument] {
			return false
		}
		seen[argument] = true
	}
	return true
}

func makesBlocks(c Call) bool { return c.Action == wire.ActionAlloc && c.Size != 0 && c.Pointer == 0 }

func changesBlocks(c Call) bool {
	return (c.Action == wire.ActionRealloc || c.Action == wire.ActionReallocOrFree || c.Action == wire.ActionResize) && c.Size != 0 && c.Pointer != 0 && c.Out == 0
}

func freesBlocks(c Call) bool {
	return c.Action == wire.ActionFree && c.Pointer != 0 && c.Size == 0 && c.Count == 0 && c.Out == 0
}

func TestFunctionsOfTheUserAreRead(t *testing.T) {
	for spec, want := range map[string]Function{
		"pool_alloc(size=1)":                    {"pool_alloc", Call{Action: wire.ActionAlloc, Size: 1}},
		"pool_calloc(count=1, size=2)":          {"pool_calloc", Call{Action: wire.ActionAlloc, Count: 1, Size: 2}},
		"pool_realloc(ptr=1,size=2)":            {"pool_realloc", Call{Action: wire.ActionRealloc, Pointer: 1, Size: 2}},
		" pool_new ( out=1 , size=2, align=6 )": {"pool_new", Call{Action: wire.ActionAlloc, Out: 1, Size: 2, Align: 6}},
		"Pool::get(unsigned long)(size=2)":      {"Pool::get(unsigned long)", Call{Action: wire.ActionAlloc, Size: 2}},
	} {
		if got, err := ParseAlloc(spec); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", spec, got, err, want)
		}
	}
	if got, err := ParseFree("pool_free(ptr=2,size=1)"); err != nil || got != (Function{"pool_free", Call{Action: wire.ActionFree, Pointer: 2}}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWrongFunctionsOfTheUserAreErrorsThatSayWhatToWrite(t *testing.T) {
	for spec, words := range map[string][]string{
		"pool_alloc":                     {"does not say what its arguments are", "pool_alloc(size=1)"},
		"pool_alloc(":                    {"does not say what its arguments are"},
		"(size=1)":                       {"no name"},
		"Pool::alloc(unsigned long)":     {"does not say what its arguments are", "Pool::alloc(unsigned long)(size=1)"},
		"pool_alloc()":                   {`no argument is called ""`, "size, count, ptr, align and out"},
		"pool_alloc(bytes=1)":            {`no argument is called "bytes"`, "size, count, ptr, align and out"},
		"pool_alloc(size)":               {"size must be the number of an argument, from 1 to 6"},
		"pool_alloc(size=0)":             {"from 1 to 6"},
		"pool_alloc(size=7)":             {"from 1 to 6"},
		"pool_alloc(size=1,size=2)":      {"size twice"},
		"pool_alloc(size=1,ptr=1)":       {"argument 1 as both size and ptr"},
		"pool_alloc(ptr=1)":              {"which argument is the size", "pool_alloc(size=1)"},
		"pool_alloc(ptr=1,out=2,size=3)": {"both ptr and out", "leave one out"},
	} {
		_, err := ParseAlloc(spec)
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, want %q in it", spec, err, word)
			}
		}
	}
	for spec, words := range map[string][]string{
		"pool_free":              {"does not say what its arguments are", "pool_free(ptr=1)"},
		"pool_free(size=1)":      {"which argument is the block", "pool_free(ptr=1)"},
		"pool_free(ptr=2,out=1)": {"more than what frees a block", "pool_free(ptr=2)"},
	} {
		_, err := ParseFree(spec)
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, want %q in it", spec, err, word)
			}
		}
	}
}
