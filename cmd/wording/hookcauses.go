package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// hookCauseWords words why a function, or an allocator, cannot be hooked, so that it can
// follow the name; "" for another cause.
func hookCauseWords(c profile.Cause) string {
	all := strings.Join(c.Names, " = ")
	jump := "jump"
	if all == "arm64" {
		jump = "branch"
	}
	switch c.Code {
	case profile.TooShort:
		return fmt.Sprintf("it is %s long, no room for a %s", human.Counted(uint64(c.Number), "byte"), jump)
	case profile.EndsEarly:
		return fmt.Sprintf("it ends after %s, and what follows is no padding: no room for a jump", human.Counted(uint64(c.Number), "byte"))
	case profile.UnknownInstruction:
		if c.Detail == "" {
			return "an instruction is unknown"
		}
		return "an instruction is unknown: " + c.Detail
	case profile.OnlyShortForm:
		return all + " has no longer form to be moved in"
	case profile.NotMoved:
		return all + " is not moved"
	case profile.CallReturnsInside:
		return "a call returns to where the " + jump + " would be"
	case profile.BranchInside:
		return fmt.Sprintf("a branch at %s goes to %s, which the jump would overwrite", nameAt(c.Names, 0), nameAt(c.Names, 1))
	case profile.LabelInside:
		return all + " begins where the jump would be"
	case profile.NeedsRoom:
		return fmt.Sprintf("its first instructions become %d bytes, more than a plan has room for", c.Number)
	case profile.SharesCode:
		return "does nothing, and " + all + " is the same code, which is called for something else"
	case profile.ArgumentsNotTaken:
		return fmt.Sprintf("does not show that it takes %d arguments, for optimisation leaves out those that are not used, or are the same in each call", c.Number)
	case profile.MethodUnknown:
		return all + " does not show what its arguments are, for link-time optimisation changes them"
	case profile.Inlined:
		return "has no " + strings.Join(c.Names, " and ") + " of its own any more, for link-time optimisation made it a part of its callers"
	case profile.FamilyBroken:
		return all + " of its family cannot be hooked" + forEver
	case profile.LinkedToBroken:
		return linkedWords(c)
	case profile.OfOtherToo:
		return fmt.Sprintf("%s is of %s too", nameAt(c.Names, 0), AllocatorWords(nameAt(c.Names, 1)))
	case profile.CallsOther:
		return fmt.Sprintf("%s calls %s and is of %s", nameAt(c.Names, 0), nameAt(c.Names, 1), AllocatorWords(nameAt(c.Names, 2)))
	case profile.PartlyInlined:
		words := "is recorded only where the compiler did not make it a part of its callers"
		if len(c.Names) > 0 {
			words += " (nothing is left of " + strings.Join(c.Names, " and ") + ")"
		}
		return words
	}
	return ""
}

// linkedWords words that an allocator falls with another: what ties the two, and why that
// one cannot be hooked.
func linkedWords(c profile.Cause) string {
	var link, why string
	if c.Because != nil {
		link, why = CauseWords(*c.Because), because(*c.Because)
	}
	return fmt.Sprintf("%s, of which %s cannot be hooked (%s)%s", link, strings.Join(c.Names, " = "), why, forEver)
}

// unseenWords words why an allocator is not seen: the functions that cannot be hooked, and
// what others have to do with it; or another cause.
func unseenWords(n profile.Note) string {
	if len(n.Functions) == 0 {
		return allCauses(n.Causes)
	}
	var why []string
	for _, f := range n.Functions {
		why = append(why, fmt.Sprintf("%s: %s", strings.Join(f.Names, " = "), CauseWords(f.Cause)))
	}
	for _, c := range n.Causes {
		why = append(why, CauseWords(c))
	}
	return "cannot be hooked (" + strings.Join(why, "; ") + ")"
}
