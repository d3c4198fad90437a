package json

import (
	"io"

	"heapprof/internal/report/view"
)

// histogramDocument is the JSON of histograms, with exact numbers unless the profile's are
// estimates.
type histogramDocument struct {
	Version   int         `json:"version"` // 1
	Kind      string      `json:"kind"`    // "histogram"
	Profile   *source     `json:"profile"`
	Sizes     []sizeClass `json:"sizes"`               // of each allocation and each realloc
	Lifetimes []lifeClass `json:"lifetimes,omitempty"` // of freed blocks, in units.time
	Live      uint64      `json:"live-at-exit"`        // blocks
}

// sizeClass are the blocks of at most so many bytes that the class before has not.
type sizeClass struct {
	Most   uint64 `json:"at-most"`
	Blocks uint64 `json:"blocks"`
	Bytes  uint64 `json:"bytes"`
}

// lifeClass are the freed blocks that lived for at most so long which the class before has not.
type lifeClass struct {
	Most   uint64 `json:"at-most"`
	Blocks uint64 `json:"blocks"`
}

// Histograms writes histograms as one JSON object.
func Histograms(w io.Writer, h *view.Histograms) error {
	out := histogramDocument{Version: 1, Kind: "histogram", Profile: newSource(h.Source.Profile), Live: h.Live, Sizes: []sizeClass{}}
	for _, c := range h.Sizes {
		out.Sizes = append(out.Sizes, sizeClass{c.Max, c.Blocks, c.Bytes})
	}
	for _, c := range h.Lifetimes {
		out.Lifetimes = append(out.Lifetimes, lifeClass{c.Max, c.Blocks})
	}
	return encode(w, out)
}
