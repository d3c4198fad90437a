package patch

import (
	"debug/elf"
	"testing"

	"heapprof/internal/tracker/patch/isa"
)

// TestReasonsAreWorded has every reason with what it says besides, as it follows a
// function's name.
func TestReasonsAreWorded(t *testing.T) {
	const arm64 = elf.EM_AARCH64
	obstacle := func(o isa.Obstacle) *Reason { return &Reason{Code: HasObstacle, Obstacle: &o} }
	cause := obstacle(isa.Obstacle{Kind: isa.EndsEarly, Bytes: 1})
	ends := []End{{Name: "_Znwm"}, {Name: "__rdl_alloc", Left: &Reason{Code: CallsMalloc}}, {Name: "mi_new"}}
	for want, r := range map[string]*Reason{
		"it is 2 bytes long, no room for a jump":                                                               obstacle(isa.Obstacle{Kind: isa.TooShort, Bytes: 2}),
		"it is 4 bytes long, no room for a branch":                                                             obstacle(isa.Obstacle{Kind: isa.TooShort, Bytes: 4, Machine: arm64}),
		"it ends after 1 bytes, and what follows is no padding: no room for a jump":                            cause,
		"an instruction is unknown":                                                                            obstacle(isa.Obstacle{Kind: isa.UnknownInstruction}),
		"an instruction is unknown: 48 8b":                                                                     obstacle(isa.Obstacle{Kind: isa.UnknownInstruction, Code: []byte{0x48, 0x8b}}),
		"an instruction is unknown: 04030201":                                                                  obstacle(isa.Obstacle{Kind: isa.UnknownInstruction, Code: []byte{1, 2, 3, 4}, Machine: arm64}),
		"LOOP has no longer form to be moved in":                                                               obstacle(isa.Obstacle{Kind: isa.OnlyShortForm, Operation: "LOOP"}),
		"INT is not moved":                                                                                     obstacle(isa.Obstacle{Kind: isa.NotMoved, Operation: "INT"}),
		"a call returns to where the jump would be":                                                            obstacle(isa.Obstacle{Kind: isa.CallReturnsInside}),
		"a call returns to where the branch would be":                                                          obstacle(isa.Obstacle{Kind: isa.CallReturnsInside, Machine: arm64}),
		"a branch has a prefix of operand size":                                                                obstacle(isa.Obstacle{Kind: isa.SizedBranch}),
		"a call goes to the stack pointer":                                                                     obstacle(isa.Obstacle{Kind: isa.CallOfStackPointer}),
		"a call takes its target from the stack":                                                               obstacle(isa.Obstacle{Kind: isa.CallFromStack}),
		"a call of what a register holds is not moved":                                                         obstacle(isa.Obstacle{Kind: isa.CallOfRegister}),
		"a literal is loaded to where its address cannot be loaded first":                                      obstacle(isa.Obstacle{Kind: isa.LiteralWithoutRegister}),
		"a branch at +0x8 goes to -0x4, which the jump would overwrite":                                        obstacle(isa.Obstacle{Kind: isa.BranchInside, From: 8, To: -4}),
		"it jumps back to its own entry, where each turn would begin another hook":                             obstacle(isa.Obstacle{Kind: isa.Loop}),
		"is chosen when the program is loaded (IFUNC): it has no code of its own":                              {Code: ChosenAtStart},
		"_Znwm begins where the jump would be":                                                                 {Code: LabelInside, Function: Symbols{"_Znwm"}},
		"its first instructions become 65 bytes, more than a plan has room for":                                {Code: NeedsRoom, Count: 65},
		"does nothing, and f is the same code, which is called for something else":                             {Code: SharesCode, Function: Symbols{"f"}},
		"the file has no function that frees, and blocks would seem to live for ever":                          {Code: NothingFrees},
		"free = operator delete(void*) of its family cannot be hooked, and blocks would seem to live for ever": {Code: FamilyBroken, Function: Symbols{"free", "_ZdlPv"}},
		"does not show that it takes 4 arguments, for optimisation leaves out those that are not used, or are the same in each call": {Code: ArgumentsNotTaken, Count: 4},
		"Pool::get does not show what its arguments are, for link-time optimisation changes them":                                    {Code: MethodUnknown, Function: Symbols{"_ZN4Pool3getEm"}},
		"has no __rust_alloc and __rust_dealloc of its own any more, for link-time optimisation made it a part of its callers":       {Code: Inlined, Functions: []string{"alloc", "dealloc"}},
		"f is of malloc too, of which free cannot be hooked (it ends after 1 bytes, and what follows is no padding: no room for a jump), and blocks would seem to live for ever": {
			Code: LinkedToBroken, Link: &Link{Function: Symbols{"f"}, Family: "malloc"}, Function: Symbols{"free"}, Cause: cause},
		"operator new(unsigned long) calls malloc and is of C++ operators, of which free cannot be hooked (it ends after 1 bytes, and what follows is no padding: no room for a jump), and blocks would seem to live for ever": {
			Code: LinkedToBroken, Link: &Link{Function: Symbols{"_Znwm"}, Calls: Symbols{"malloc"}, Family: "C++ operators"}, Function: Symbols{"free"}, Cause: cause},
		"calls malloc, which is recorded":                                                                                     {Code: CallsMalloc},
		"is the C++ library's, which calls malloc":                                                                            {Code: OfCxxLibrary},
		"resizes blocks of another file's, where that is recorded":                                                            {Code: OnlyResizes},
		"is not whole after link-time optimisation; the allocator that it calls is recorded":                                  {Code: NotWhole},
		"does nothing before it calls malloc, which is recorded":                                                              {Code: CallsFirst, Function: Symbols{"malloc"}},
		"keeps no blocks and calls only what is recorded":                                                                     {Code: KeepsNothing},
		"jumps to free, which is hooked":                                                                                      {Code: JumpsTo, Ends: []End{{Name: "free"}}},
		"passes its blocks on to __rdl_alloc, which calls malloc, which is recorded, or to _Znwm or mi_new, which are hooked": {Code: PassesBlocksTo, Ends: ends},
		"is exported by a library, and calls of it arrive at the preloaded one (it ends after 1 bytes, and what follows is no padding: no room for a jump)": {Code: BehindPreloaded, Cause: cause},
		"is left to what it calls, which is recorded (it ends after 1 bytes, and what follows is no padding: no room for a jump)":                           {Code: CallsRecorded, Cause: cause},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestUnseenAllocatorsAreWorded(t *testing.T) {
	refusal := &Refusal{Name: "free", Aliases: []string{"_ZdlPv"}, Reason: &Reason{Code: NeedsRoom, Count: 65}}
	for want, u := range map[string]Unseen{
		"has no __rust_dealloc of its own any more, for link-time optimisation made it a part of its callers": {
			Code: UnseenInlined, Functions: []string{"dealloc"}},
		"cannot be hooked (free = operator delete(void*): its first instructions become 65 bytes, more than a plan has room for; f is of malloc too)": {
			Code: UnseenRefused, Refusal: refusal, Links: []Link{{Function: Symbols{"f"}, Family: "malloc"}}},
		"seems to be linked into it, but the names of its functions are stripped": {Code: UnseenStripped},
	} {
		if got := u.Why(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p := Partial{Functions: []string{"realloc"}}
	if got, want := p.Why(), "is recorded only where the compiler did not make it a part of its callers (nothing is left of __rust_realloc)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
