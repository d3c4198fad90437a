package dhat

import "fmt"

// FormatError says what is wrong with a profile.
type FormatError struct {
	Name   string // the file; empty where it has no name
	Reason string // what is wrong, with the byte offset where there is one: "is truncated at byte 17: …"
}

func (e *FormatError) Error() string {
	if e.Name == "" {
		return "the input " + e.Reason
	}
	return e.Name + " " + e.Reason
}

func formatErrorf(format string, args ...any) *FormatError {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}

// notProfile is the error for input that never was a profile.
func notProfile(format string, args ...any) error {
	return formatErrorf("is not a DHAT profile: %s; heapprof run, valgrind --tool=dhat and dhat-rs write such files",
		fmt.Sprintf(format, args...))
}
