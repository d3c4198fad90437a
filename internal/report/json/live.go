package json

import (
	"encoding/json"
	"io"
)

// Live is what a process whose recording is under way has, at one moment. Fields are added, never renamed or removed. Where blocks
// are sampled, all numbers of blocks and their bytes are estimates.
type Live struct {
	Time    float64 `json:"time"` // seconds since its recording began
	PID     int64   `json:"pid"`
	Program string  `json:"program"`

	LiveBytes   uint64 `json:"live-bytes"`
	LiveBlocks  uint64 `json:"live-blocks"`
	GrownBytes  int64  `json:"grown-bytes"`  // since the look before
	GrownBlocks int64  `json:"grown-blocks"` // likewise
	PeakBytes   uint64 `json:"peak-bytes"`
	TotalBytes  uint64 `json:"total-bytes"`
	TotalBlocks uint64 `json:"total-blocks"`

	Allocations    uint64 `json:"blocks-per-second"` // allocated, since the look before
	AllocatedBytes uint64 `json:"bytes-per-second"`  // likewise

	Resident uint64 `json:"resident-bytes"` // 0: not known
	Threads  uint64 `json:"threads"`        // that have allocated and lived at the same time, at most
	Lost     uint64 `json:"lost-calls"`
	Sampled  uint64 `json:"sampled-bytes"` // from one recorded block to the next, on average; 0: each was recorded
	Others   int    `json:"other-processes"`

	Sites []LiveSite `json:"sites"`
}

// LiveSite is one of the sites with most live bytes.
type LiveSite struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Module   string `json:"module"`
	Type     string `json:"type"`

	LiveBytes   uint64 `json:"live-bytes"`
	LiveBlocks  uint64 `json:"live-blocks"`
	GrownBytes  int64  `json:"grown-bytes"`
	TotalBytes  uint64 `json:"total-bytes"`
	TotalBlocks uint64 `json:"total-blocks"`
}

// LiveLine writes it as one line.
func LiveLine(w io.Writer, l Live) error { return json.NewEncoder(w).Encode(l) }
