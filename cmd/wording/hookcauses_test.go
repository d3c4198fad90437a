package wording

import (
	"testing"

	"heapprof/internal/profile"
)

// TestCausesAreWorded has every cause of a function's or an allocator's not being hooked
// with its evidence, as it follows the name.
func TestCausesAreWorded(t *testing.T) {
	cause := &profile.Cause{Code: profile.EndsEarly, Number: 1}
	names := func(all ...string) []string { return all }
	for want, c := range map[string]profile.Cause{
		"it is 2 bytes long, no room for a jump":                                                               {Code: profile.TooShort, Number: 2, Names: names("x86-64")},
		"it is 4 bytes long, no room for a branch":                                                             {Code: profile.TooShort, Number: 4, Names: names("arm64")},
		"it ends after 1 byte, and what follows is no padding: no room for a jump":                             *cause,
		"an instruction is unknown":                                                                            {Code: profile.UnknownInstruction},
		"an instruction is unknown: 48 8b":                                                                     {Code: profile.UnknownInstruction, Detail: "48 8b"},
		"LOOP has no longer form to be moved in":                                                               {Code: profile.OnlyShortForm, Names: names("LOOP")},
		"INT is not moved":                                                                                     {Code: profile.NotMoved, Names: names("INT")},
		"a call returns to where the jump would be":                                                            {Code: profile.CallReturnsInside, Names: names("x86-64")},
		"a call returns to where the branch would be":                                                          {Code: profile.CallReturnsInside, Names: names("arm64")},
		"a branch has a prefix of operand size":                                                                {Code: profile.SizedBranch},
		"a call goes to the stack pointer":                                                                     {Code: profile.CallOfStackPointer},
		"a call takes its target from the stack":                                                               {Code: profile.CallFromStack},
		"a call of what a register holds is not moved":                                                         {Code: profile.CallOfRegister},
		"a literal is loaded to where its address cannot be loaded first":                                      {Code: profile.LiteralWithoutRegister},
		"a branch at +0x8 goes to -0x4, which the jump would overwrite":                                        {Code: profile.BranchInside, Names: names("+0x8", "-0x4")},
		"it jumps back to its own entry, where each turn would begin another hook":                             {Code: profile.Loop},
		"is chosen when the program is loaded (IFUNC): it has no code of its own":                              {Code: profile.ChosenAtStart},
		"_Znwm begins where the jump would be":                                                                 {Code: profile.LabelInside, Names: names("_Znwm")},
		"its first instructions become 65 bytes, more than a plan has room for":                                {Code: profile.NeedsRoom, Number: 65},
		"does nothing, and f is the same code, which is called for something else":                             {Code: profile.SharesCode, Names: names("f")},
		"the file has no function that frees, and blocks would seem to live for ever":                          {Code: profile.NothingFrees},
		"free = operator delete(void*) of its family cannot be hooked, and blocks would seem to live for ever": {Code: profile.FamilyBroken, Names: names("free", "operator delete(void*)")},
		"does not show that it takes 4 arguments, for optimisation leaves out those that are not used, or are the same in each call": {Code: profile.ArgumentsNotTaken, Number: 4},
		"Pool::get does not show what its arguments are, for link-time optimisation changes them":                                    {Code: profile.MethodUnknown, Names: names("Pool::get")},
		"has no __rust_alloc and __rust_dealloc of its own any more, for link-time optimisation made it a part of its callers":       {Code: profile.Inlined, Names: names("__rust_alloc", "__rust_dealloc")},
		"f is of malloc too, of which free cannot be hooked (it ends after 1 byte, and what follows is no padding: no room for a jump), and blocks would seem to live for ever": {
			Code: profile.LinkedToBroken, Names: names("free"), Because: &profile.Cause{Code: profile.OfOtherToo, Names: names("f", "malloc"), Because: cause}},
		"operator new(unsigned long) calls malloc and is of C++ operators, of which free cannot be hooked (it ends after 1 byte, and what follows is no padding: no room for a jump), and blocks would seem to live for ever": {
			Code: profile.LinkedToBroken, Names: names("free"), Because: &profile.Cause{Code: profile.CallsOther, Names: names("operator new(unsigned long)", "malloc", "c++-operators"), Because: cause}},
		"seems to be linked into it, but the names of its functions are stripped":                                       {Code: profile.NamesStripped},
		"is recorded only where the compiler did not make it a part of its callers (nothing is left of __rust_realloc)": {Code: profile.PartlyInlined, Names: names("__rust_realloc")},
		"of-the-future a b 7 c: ends-early 1":                                                                           {Code: "of-the-future", Names: names("a", "b"), Number: 7, Detail: "c", Because: cause},
	} {
		if got := CauseWords(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestUnseenAllocatorsAreWorded(t *testing.T) {
	const want = "lib.so: malloc and C++ operators cannot be hooked (free = operator delete(void*): its first instructions become 65 bytes, " +
		"more than a plan has room for; f is of malloc too): see the pages that it maps with --mmap"
	n := profile.Note{
		Code: profile.AllocatorUnseen, Files: []string{"lib.so"}, Allocators: []string{"malloc", "c++-operators"}, Remedy: profile.SeePages,
		Functions: []profile.NotedFunction{{Names: []string{"free", "operator delete(void*)"}, Cause: profile.Cause{Code: profile.NeedsRoom, Number: 65}}},
		Causes:    []profile.Cause{{Code: profile.OfOtherToo, Names: []string{"f", "malloc"}}},
	}
	if got := NoteWords(n); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPartlySeenAllocatorsAreWorded(t *testing.T) {
	for count, calls := range map[uint64]string{1: "1 call is", 1234: "1,234 calls are"} {
		want := "prog: Rust's global allocator is recorded only where the compiler did not make it a part of its callers: " + calls +
			" known to be missing and more may be, so that blocks are missing or seem to live on; lto = \"off\" with codegen-units = 16 makes it exact"
		n := profile.Note{
			Code: profile.AllocatorPartlySeen, Files: []string{"prog"}, Allocators: []string{"rust-allocator"}, Remedy: profile.ExactWithoutLTO,
			Causes: []profile.Cause{{Code: profile.PartlyInlined}}, Count: count,
		}
		if got := NoteWords(n); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
