package patch

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ianlancetaylor/demangle"

	"heapprof/internal/tracker/patch/isa"
)

// What is said to people about a plan is worded here, and only here.

// Title returns all names of a function as people read them.
func (s Symbols) Title() string {
	names := make([]string, len(s))
	for i, symbol := range s {
		names[i] = demangle.Filter(symbol)
	}
	return strings.Join(names, " = ")
}

// Title returns all names of the function as people read them.
func (r Refusal) Title() string { return append(Symbols{r.Name}, r.Aliases...).Title() }

func (r Refusal) String() string { return r.Title() + ": " + r.Reason.String() }

// reasonWords are the words of the reasons that have no operands.
var reasonWords = map[ReasonCode]string{
	ChosenAtStart: "is chosen when the program is loaded (IFUNC): it has no code of its own",
	NothingFrees:  "the file has no function that frees" + forEver,

	CallsMalloc:  "calls malloc, which is recorded",
	OfCxxLibrary: "is the C++ library's, which calls malloc",
	OnlyResizes:  "resizes blocks of another file's, where that is recorded",
	NotWhole:     "is not whole after link-time optimisation; the allocator that it calls is recorded",
	KeepsNothing: "keeps no blocks and calls only what is recorded",
}

const (
	forEver      = ", and blocks would seem to live for ever"
	optimisation = ", for optimisation leaves out those that are not used, or are the same in each call"
)

// String words a reason, so that it can follow the function's name.
func (r *Reason) String() string {
	switch r.Code {
	case HasObstacle:
		return obstacleWords(r.Obstacle)
	case LabelInside:
		return r.Function[0] + " begins where the jump would be"
	case NeedsRoom:
		return fmt.Sprintf("its first instructions become %d bytes, more than a plan has room for", r.Count)
	case SharesCode:
		return "does nothing, and " + r.Function[0] + " is the same code, which is called for something else"
	case ArgumentsNotTaken:
		return fmt.Sprintf("does not show that it takes %d arguments", r.Count) + optimisation
	case MethodUnknown:
		return demangle.Filter(r.Function[0], demangle.NoParams) + " does not show what its arguments are, for link-time optimisation changes them"
	case Inlined:
		return inlinedWords(r.Functions)
	case FamilyBroken:
		return r.Function.Title() + " of its family cannot be hooked" + forEver
	case LinkedToBroken:
		return fmt.Sprintf("%s, of which %s cannot be hooked (%s)", r.Link, r.Function.Title(), r.Cause) + forEver
	case CallsFirst:
		return "does nothing before it calls " + r.Function[0] + ", which is recorded"
	case JumpsTo:
		return "jumps to " + endsWords(r.Ends)
	case PassesBlocksTo:
		return "passes its blocks on to " + endsWords(r.Ends)
	case BehindPreloaded:
		return "is exported by a library, and calls of it arrive at the preloaded one (" + r.Cause.String() + ")"
	case CallsRecorded:
		return "is left to what it calls, which is recorded (" + r.Cause.String() + ")"
	}
	return reasonWords[r.Code]
}

// obstacleWords words why a function's code does not let it be hooked.
func obstacleWords(o *isa.Obstacle) string {
	jump, isARM64 := "jump", o.Machine == elf.EM_AARCH64
	if isARM64 {
		jump = "branch"
	}
	switch o.Kind {
	case isa.TooShort:
		return fmt.Sprintf("it is %d bytes long, no room for a %s", o.Bytes, jump)
	case isa.EndsEarly:
		return fmt.Sprintf("it ends after %d bytes, and what follows is no padding: no room for a jump", o.Bytes)
	case isa.UnknownInstruction:
		switch {
		case o.Code == nil:
			return "an instruction is unknown"
		case isARM64:
			return fmt.Sprintf("an instruction is unknown: %08x", binary.LittleEndian.Uint32(o.Code))
		}
		return fmt.Sprintf("an instruction is unknown: % x", o.Code)
	case isa.OnlyShortForm:
		return o.Operation + " has no longer form to be moved in"
	case isa.NotMoved:
		return o.Operation + " is not moved"
	case isa.CallReturnsInside:
		return "a call returns to where the " + jump + " would be"
	case isa.BranchInside:
		return fmt.Sprintf("a branch at %+#x goes to %+#x, which the jump would overwrite", o.From, o.To)
	}
	return map[isa.ObstacleKind]string{
		isa.SizedBranch:            "a branch has a prefix of operand size",
		isa.CallOfStackPointer:     "a call goes to the stack pointer",
		isa.CallFromStack:          "a call takes its target from the stack",
		isa.CallOfRegister:         "a call of what a register holds is not moved",
		isa.LiteralWithoutRegister: "a literal is loaded to where its address cannot be loaded first",
		isa.Loop:                   "it jumps back to its own entry, where each turn would begin another hook",
	}[o.Kind]
}

func inlinedWords(functions []string) string {
	return "has no " + rustWords(functions) + " of its own any more, for link-time optimisation made it a part of its callers"
}

// rustWords names functions of Rust's compiler.
func rustWords(functions []string) string {
	return "__rust_" + strings.Join(functions, " and __rust_")
}

func (l Link) String() string {
	if l.Calls == nil {
		return l.Function.Title() + " is of " + l.Family + " too"
	}
	return l.Function.Title() + " calls " + l.Calls.Title() + " and is of " + l.Family
}

// endsWords names functions to one of which calls go on, with what becomes of them there.
func endsWords(ends []End) string {
	var hooked, words []string
	for _, end := range ends {
		if end.Left == nil {
			hooked = append(hooked, end.Name)
		} else {
			words = append(words, end.Name+", which "+end.Left.String())
		}
	}
	switch len(hooked) {
	case 0:
	case 1:
		words = append(words, hooked[0]+", which is hooked")
	default:
		words = append(words, strings.Join(hooked, " or ")+", which are hooked")
	}
	return strings.Join(words, ", or to ")
}

func (u Unseen) String() string {
	return strings.Join(u.Allocators, " and ") + " " + u.Why()
}

// Why words why an allocator is unseen, so that it can follow its name.
func (u Unseen) Why() string {
	switch u.Code {
	case UnseenInlined:
		return inlinedWords(u.Functions)
	case UnseenRefused:
		why := []string{u.Refusal.String()}
		for _, l := range u.Links {
			why = append(why, l.String())
		}
		return "cannot be hooked (" + strings.Join(why, "; ") + ")"
	default:
		return "seems to be linked into it, but the names of its functions are stripped"
	}
}

func (p Partial) String() string { return p.Allocator + " " + p.Why() }

// Why words why only a part of an allocator is seen, so that it can follow its name.
func (p Partial) Why() string {
	words := "is recorded only where the compiler did not make it a part of its callers"
	if len(p.Functions) > 0 {
		words += " (nothing is left of " + rustWords(p.Functions) + ")"
	}
	return words
}
