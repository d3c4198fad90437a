package json

import (
	"io"

	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// refusalsDocument is the JSON of which allocations failed. Its fields are kept as those of document are.
type refusalsDocument struct {
	Version  int       `json:"version"` // 1
	Kind     string    `json:"kind"`    // "refusals"
	Profile  *source   `json:"profile"`
	Exit     int       `json:"exit-code"`            // the program's, if signal is 0; -1: not known
	Signal   int       `json:"signal"`               // that ended it, or 0
	Limit    *limit    `json:"limit,omitempty"`      // absent where there was none
	Times    uint64    `json:"times"`                // how many calls failed, of the rows and of others
	Refusals []refusal `json:"refusals"`             // in the order of the first failure of each
	Folded   int       `json:"folded,omitempty"`     // rows that are not shown
	Unlisted uint64    `json:"unlisted,omitempty"`   // calls that failed of which no more was recorded
	Most     *uint64   `json:"most-bytes,omitempty"` // that a call asked for which failed; absent where none did
}

// limit is what was allowed to live.
type limit struct {
	Bytes    uint64   `json:"bytes,omitempty"`
	Blocks   uint64   `json:"blocks,omitempty"`
	Action   string   `json:"action"` // as in a profile
	Crossed  *refusal `json:"crossed,omitempty"`
	OfBlocks bool     `json:"of-blocks,omitempty"` // it is the limit of blocks that was crossed
}

// refusal is what failed at one site, of one type, for one reason; or what crossed a limit.
type refusal struct {
	*site
	Type       string `json:"type,omitempty"` // that it would have been of
	By         string `json:"by"`             // as in a profile
	Times      uint64 `json:"times"`
	Bytes      uint64 `json:"bytes"` // that the first asked for; 18446744073709551615: more than that number
	LeastBytes uint64 `json:"least-bytes"`
	MostBytes  uint64 `json:"most-bytes"`
	Time       uint64 `json:"time"` // of the first, in units.time
	LastTime   uint64 `json:"last-time"`
	Mark       string `json:"mark,omitempty"` // of the first: what report --at takes
	LiveBytes  uint64 `json:"live-bytes"`     // at the first
	LiveBlocks uint64 `json:"live-blocks"`
	Stacks     int    `json:"stacks"`            // that failed so
	Stack      []site `json:"stack"`             // the first of them, innermost first, from the site
	Telling    bool   `json:"telling,omitempty"` // it failed while the program told of an earlier failure
}

// Refusals writes which allocations failed as one JSON object.
func Refusals(w io.Writer, r *view.Refusals) error {
	x := r.Source.Profile.Recording
	out := refusalsDocument{
		Version: 1, Kind: "refusals", Profile: newSource(r.Source.Profile), Exit: x.ExitCode, Signal: x.Signal,
		Times: r.Total.Times + r.Others, Refusals: []refusal{}, Folded: r.InRest, Unlisted: r.Others,
	}
	if r.Total.Times > 0 {
		out.Most = &r.Total.MostBytes
	}
	if l := r.Limit; l != nil {
		out.Limit = &limit{Bytes: l.Bytes, Blocks: l.Blocks, Action: names.Printable(string(l.Action))}
		if r.Crossed != nil {
			crossed := newRefusal(r.Crossed, r.Source)
			out.Limit.Crossed, out.Limit.OfBlocks = &crossed, l.Crossed.Blocks
		}
	}
	for i := range r.Rows {
		out.Refusals = append(out.Refusals, newRefusal(&r.Rows[i], r.Source))
	}
	return encode(w, out)
}

func newRefusal(r *view.Refused, s *view.Source) refusal {
	out := refusal{
		site: newSite(r.Site), Type: r.Type, By: names.Printable(string(r.By)), Times: r.Times, Bytes: r.Bytes, LeastBytes: r.LeastBytes, MostBytes: r.MostBytes,
		Time: r.Time, LastTime: r.LastTime, Mark: names.Printable(r.Mark), LiveBytes: r.LiveBytes, LiveBlocks: r.LiveBlocks,
		Stacks: r.Stacks, Stack: []site{}, Telling: r.Telling,
	}
	for _, at := range s.Outward(r.Stack) {
		out.Stack = append(out.Stack, *newSite(at))
	}
	return out
}
