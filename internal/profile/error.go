package profile

import "fmt"

// FormatError tells what is wrong with a file that is to be a profile.
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

// Formatf returns the error that a codec gives for a file whose name it does not know.
func Formatf(format string, args ...any) *FormatError {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}
