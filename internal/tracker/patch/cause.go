package patch

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ianlancetaylor/demangle"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/isa"
)

// reasonCodes are the codes of causes for reasons.
var reasonCodes = map[ReasonCode]profile.CauseCode{
	ChosenAtStart:     profile.ChosenAtStart,
	LabelInside:       profile.LabelInside,
	NeedsRoom:         profile.NeedsRoom,
	SharesCode:        profile.SharesCode,
	ArgumentsNotTaken: profile.ArgumentsNotTaken,
	MethodUnknown:     profile.MethodUnknown,
	Inlined:           profile.Inlined,
	NothingFrees:      profile.NothingFrees,
	FamilyBroken:      profile.FamilyBroken,
	LinkedToBroken:    profile.LinkedToBroken,
	HookedOtherwise:   profile.HookedOtherwise,
	NamedTwice:        profile.NamedTwice,

	CallsMalloc:     "calls-malloc",
	OfCxxLibrary:    "of-cxx-library",
	OnlyResizes:     "only-resizes",
	NotWhole:        "not-whole",
	CallsFirst:      "calls-first",
	KeepsNothing:    "keeps-nothing",
	JumpsTo:         "jumps-to",
	PassesBlocksTo:  "passes-blocks-to",
	BehindPreloaded: "behind-preloaded",
	CallsRecorded:   "calls-recorded",
}

// obstacleCodes are the codes of causes for obstacles.
var obstacleCodes = map[isa.ObstacleKind]profile.CauseCode{
	isa.TooShort:               profile.TooShort,
	isa.EndsEarly:              profile.EndsEarly,
	isa.UnknownInstruction:     profile.UnknownInstruction,
	isa.OnlyShortForm:          profile.OnlyShortForm,
	isa.NotMoved:               profile.NotMoved,
	isa.CallReturnsInside:      profile.CallReturnsInside,
	isa.BranchInside:           profile.BranchInside,
	isa.SizedBranch:            profile.SizedBranch,
	isa.CallOfStackPointer:     profile.CallOfStackPointer,
	isa.CallFromStack:          profile.CallFromStack,
	isa.CallOfRegister:         profile.CallOfRegister,
	isa.LiteralWithoutRegister: profile.LiteralWithoutRegister,
	isa.Loop:                   profile.Loop,
}

// Names returns all names of a function as people read them.
func (s Symbols) Names() []string {
	names := make([]string, len(s))
	for i, symbol := range s {
		names[i] = demangle.Filter(symbol)
	}
	return names
}

// title returns all names of a function as one text.
func (s Symbols) title() string { return strings.Join(s.Names(), " = ") }

// Noted returns the function and why it is not hooked, as notes have them.
func (r Refusal) Noted() profile.NotedFunction {
	return profile.NotedFunction{Names: append(Symbols{r.Name}, r.Aliases...).Names(), Cause: r.Reason.Noted()}
}

// Noted returns the cause for a reason, as notes have it.
func (r *Reason) Noted() profile.Cause {
	c := profile.Cause{Code: reasonCodes[r.Code], Number: int64(r.Count)}
	switch r.Code {
	case HasObstacle:
		return obstacleCause(r.Obstacle)
	case LabelInside, SharesCode, CallsFirst:
		c.Names = r.Function[:1]
	case MethodUnknown:
		c.Names = []string{demangle.Filter(r.Function[0], demangle.NoParams)}
	case Inlined:
		c.Names = rustFunctions(r.Functions)
	case FamilyBroken:
		c.Names = r.Function.Names()
	case LinkedToBroken:
		link := r.Link.cause()
		cause := r.Cause.Noted()
		link.Because = &cause
		c.Names, c.Because = r.Function.Names(), &link
	case JumpsTo, PassesBlocksTo:
		for _, end := range r.Ends {
			c.Names = append(c.Names, end.Name)
		}
	case BehindPreloaded, CallsRecorded:
		cause := r.Cause.Noted()
		c.Because = &cause
	}
	return c
}

// String returns the reason's code and evidence, for tests and developers.
func (r *Reason) String() string { return r.Noted().String() }

// cause returns the cause for what ties the blocks of two allocators.
func (l *Link) cause() profile.Cause {
	if l.Calls == nil {
		return profile.Cause{Code: profile.OfOtherToo, Names: []string{l.Function.title(), l.Family}}
	}
	return profile.Cause{Code: profile.CallsOther, Names: []string{l.Function.title(), l.Calls.title(), l.Family}}
}

// obstacleCause returns the cause for an obstacle.
func obstacleCause(o *isa.Obstacle) profile.Cause {
	c := profile.Cause{Code: obstacleCodes[o.Kind], Number: int64(o.Bytes)}
	switch o.Kind {
	case isa.TooShort, isa.CallReturnsInside:
		c.Names = []string{machineName(o.Machine)}
	case isa.OnlyShortForm, isa.NotMoved:
		c.Names = []string{o.Operation}
	case isa.BranchInside:
		c.Names = []string{fmt.Sprintf("%+#x", o.From), fmt.Sprintf("%+#x", o.To)}
	case isa.UnknownInstruction:
		switch {
		case o.Code == nil:
		case o.Machine == elf.EM_AARCH64:
			c.Detail = fmt.Sprintf("%08x", binary.LittleEndian.Uint32(o.Code))
		default:
			c.Detail = fmt.Sprintf("% x", o.Code)
		}
	}
	return c
}

func machineName(m elf.Machine) string {
	if m == elf.EM_AARCH64 {
		return "arm64"
	}
	return "x86-64"
}

// rustFunctions returns the symbols of functions that Rust's compiler makes, by their short
// names.
func rustFunctions(short []string) []string {
	names := make([]string, len(short))
	for i, name := range short {
		names[i] = "__rust_" + name
	}
	return names
}

// Note returns a note that the allocator is not seen, without its file.
func (u *Unseen) Note() profile.Note {
	n := profile.Note{Code: profile.AllocatorUnseen, Allocators: u.Allocators, Remedy: u.Remedy}
	switch u.Code {
	case UnseenInlined:
		n.Causes = []profile.Cause{{Code: profile.Inlined, Names: rustFunctions(u.Functions)}}
	case UnseenRefused:
		n.Functions = []profile.NotedFunction{u.Refusal.Noted()}
		for i := range u.Links {
			n.Causes = append(n.Causes, u.Links[i].cause())
		}
	case UnseenStripped:
		n.Causes = []profile.Cause{{Code: profile.NamesStripped}}
	}
	return n
}

// Note returns a note that a part of the allocator's blocks may not be seen, without its
// file and without how many calls are known to be missing.
func (p *Partial) Note() profile.Note {
	return profile.Note{
		Code: profile.AllocatorPartlySeen, Allocators: []string{p.Allocator}, Remedy: p.Remedy,
		Causes: []profile.Cause{{Code: profile.PartlyInlined, Names: rustFunctions(p.Functions)}},
	}
}
