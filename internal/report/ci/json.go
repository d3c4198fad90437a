package ci

import (
	"encoding/json"
	"io"
)

// JSON writes an object of the worst outcome and all checks, with exact numbers.
func JSON(w io.Writer, checks []Check) error {
	all := struct {
		Outcome Outcome `json:"outcome"`
		Checks  []Check `json:"checks"`
	}{Worst(checks), make([]Check, len(checks))}
	for i, c := range checks { // empty arrays, and not null
		c.Limits = append([]Limit{}, c.Limits...)
		for j := range c.Limits {
			c.Limits[j].Sites = append([]Site{}, c.Limits[j].Sites...)
		}
		c.Findings = append([]string{}, c.Findings...)
		all.Checks[i] = c
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(&all)
}
