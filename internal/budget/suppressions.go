package budget

import (
	"fmt"
	"strings"
)

// SuppressionError is the error for a line of a file of suppressions that is none.
type SuppressionError struct {
	File string
	Line int
	Text string // the line
}

func (e *SuppressionError) Error() string {
	return fmt.Sprintf("%s:%d: %q is no suppression of a leak", e.File, e.Line, e.Text)
}

// ParseSuppressions reads the text of a file as LeakSanitizer does: a line is leak:PATTERN, a
// comment after #, or empty. The comment right above some lines is their reason. Errors are of
// the type *SuppressionError.
func ParseSuppressions(file, text string) ([]Ignore, error) {
	var all []Ignore
	var comment []string
	ended := true // what comes next does not belong to the comment
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(strings.TrimLeft(line, " \t"), " \t\r\n")
		said, isComment := strings.CutPrefix(line, "#")
		switch {
		case isComment:
			if ended {
				comment = nil
			}
			comment, ended = append(comment, strings.TrimSpace(said)), false
			continue
		case line == "":
			comment, ended = nil, true
			continue
		}
		pattern, ok := strings.CutPrefix(line, "leak:")
		if !ok || Pattern(pattern).MatchesAll() {
			return nil, &SuppressionError{File: file, Line: number, Text: line}
		}
		reason := strings.TrimSpace(strings.Join(comment, " "))
		all = append(all, Ignore{Leak: Pattern(pattern), Reason: reason, File: file, Line: number})
		ended = true
	}
	return all, nil
}
