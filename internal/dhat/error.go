package dhat

import (
	"fmt"

	"heapprof/internal/profile"
)

// notProfile returns the error for a file that is no DHAT profile at all, as opposed to a
// damaged one. The reason is as for fmt.Sprintf.
func notProfile(format string, args ...any) error {
	return profile.Formatf("is not a DHAT profile: %s; heapprof run, valgrind --tool=dhat and dhat-rs write such files",
		fmt.Sprintf(format, args...))
}
