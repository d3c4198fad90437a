package dhat

import (
	"fmt"

	"heapprof/internal/profile"
)

// notProfile is the error for input that never was a profile.
func notProfile(format string, args ...any) error {
	return profile.Formatf("is not a DHAT profile: %s; heapprof run, valgrind --tool=dhat and dhat-rs write such files",
		fmt.Sprintf(format, args...))
}
