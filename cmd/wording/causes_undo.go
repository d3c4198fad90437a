package wording

import (
	"fmt"

	"heapprof/internal/profile"
)

// undoCauseWords words the causes of a process that ran already and is to be left as it was; "" for another cause.
func undoCauseWords(c profile.Cause) string {
	switch c.Code {
	case profile.LoaderBusy:
		return "its loader is loading or unloading a library"
	case profile.ProcessChanging:
		return "it maps and unmaps files all the while"
	case profile.ThreadInHook:
		return fmt.Sprintf("its thread %d has not left a hook", c.Number)
	case profile.AlreadyAttached:
		return fmt.Sprintf("another heapprof, process %d, is attached to it", c.Number)
	case profile.NotNoted:
		return "it could not be noted in the program what is to be undone at the end: " + c.Detail
	case profile.NoAllocator:
		if c.Because == nil {
			return "it has no allocator that heapprof knows: no file that it has mapped has a malloc"
		}
		return fmt.Sprintf("its allocator cannot be hooked: malloc of %s: %s", nameAt(c.Names, 0), because(c))
	}
	return ""
}
