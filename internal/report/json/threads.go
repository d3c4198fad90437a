package json

import (
	"io"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// threadsDocument is the JSON of what each thread allocated.
type threadsDocument struct {
	Version int      `json:"version"` // 1
	Kind    string   `json:"kind"`    // "threads"
	Profile *source  `json:"profile"`
	Threads []thread `json:"threads"`
	Rest    *thread  `json:"rest,omitempty"` // of those that are not shown
	Total   thread   `json:"total"`
}

// threadID says which thread it is, or several of one name together.
type threadID struct {
	ID      uint64 `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Threads uint64 `json:"threads"` // how many; 0: blocks of 4 GiB and more, whoever allocated them
}

// thread is a thread, or several of one name together.
type thread struct {
	threadID

	PeakBytes       uint64  `json:"peak-bytes"`
	PeakBlocks      uint64  `json:"peak-blocks"`
	EndBytes        uint64  `json:"end-bytes"`
	EndBlocks       uint64  `json:"end-blocks"`
	MaxBytes        *uint64 `json:"max-bytes,omitempty"`
	TotalBytes      uint64  `json:"total-bytes"`
	TotalBlocks     uint64  `json:"total-blocks"`
	TemporaryBlocks uint64  `json:"temporary-blocks"`
	FreedElsewhere  uint64  `json:"freed-elsewhere"` // blocks that another thread freed

	Site *threadSite `json:"site,omitempty"` // at which it allocated the most
}

// threadSite is a site, and what a thread allocated there of what the threads are sorted by.
type threadSite struct {
	*site
	Value uint64 `json:"value"`
}

// Threads writes what each thread allocated as one JSON object.
func Threads(w io.Writer, t *view.Threads) error {
	out := threadsDocument{Version: 1, Kind: "threads", Profile: newSource(t.Source.Profile), Total: *newThread(&t.Total, false)}
	for i := range t.Rows {
		row := newThread(&t.Rows[i], true)
		if s := t.Sites[i]; s.Site != nil {
			row.Site = &threadSite{newSite(s.Site), s.Value}
		}
		out.Threads = append(out.Threads, *row)
	}
	if t.InRest > 0 {
		out.Rest = newThread(&t.Rest, false)
	}
	return encode(w, out)
}

// newThread returns a row; of a sum it is not known how much was live at most.
func newThread(t *profile.Thread, hasMost bool) *thread {
	out := &thread{
		threadID:  threadID{t.ID, names.Printable(t.Name), t.Threads},
		PeakBytes: t.PeakBytes, PeakBlocks: t.PeakBlocks, EndBytes: t.EndBytes, EndBlocks: t.EndBlocks,
		TotalBytes: t.TotalBytes, TotalBlocks: t.TotalBlocks, TemporaryBlocks: t.TemporaryBlocks, FreedElsewhere: t.FreedElsewhere,
	}
	if hasMost {
		out.MaxBytes = &t.MaxBytes
	}
	return out
}
