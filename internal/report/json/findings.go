package json

import (
	"encoding/json"
	"io"
)

// Finding is one finding about a heap, as it stands in the array that Findings writes.
type Finding struct {
	Code     string  `json:"code"`
	Function string  `json:"function"` // "" where it is of no site, or the function has no name
	File     string  `json:"file"`
	Line     int     `json:"line"`     // 0 where it is not known
	Type     string  `json:"type"`     // of the blocks; "" where it is not known
	Bytes    uint64  `json:"bytes"`    // that it would save
	Blocks   uint64  `json:"blocks"`   // that it would save
	Share    float64 `json:"share"`    // of what the code says, from 0 to 1
	Evidence any     `json:"evidence"` // an object, with keys of the code's own
	Text     string  `json:"text"`     // what a person is told
}

// Findings writes findings as an array.
func Findings(w io.Writer, findings []Finding) error {
	if findings == nil {
		findings = []Finding{} // an empty array, and not null
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(findings)
}
