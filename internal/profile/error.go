package profile

import "fmt"

// FormatError is the error for the content of a file that is no profile, or a damaged one.
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

// Formatf returns the error for a file whose content is wrong, with the reason as for
// fmt.Sprintf. The codec that makes it does not know the file's name; whoever does adds
// that.
func Formatf(format string, args ...any) *FormatError {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}
