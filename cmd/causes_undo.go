package cmd

import (
	"fmt"

	"heapprof/internal/profile"
)

// undoCauseWords words the causes of a process that ran already and is to be left as it was; "" for another cause.
func undoCauseWords(c profile.Cause) string {
	switch c.Code {
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
