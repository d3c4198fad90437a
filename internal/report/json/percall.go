package json

import (
	"encoding/json"
	"errors"
	"io"

	"heapprof/internal/report/percall"
)

// PerCall is what was allocated for each call of functions.
type PerCall struct {
	Version   int               `json:"version"`
	Command   string            `json:"command"`
	Functions []PerCallFunction `json:"functions"`
}

// perCallVersion is the version of that form.
const perCallVersion = 1

// PerCallAmounts are sums over all calls.
type PerCallAmounts struct {
	Blocks          uint64 `json:"blocks"`
	Bytes           uint64 `json:"bytes"`
	TemporaryBlocks uint64 `json:"temporary-blocks"`
	EndBlocks       uint64 `json:"end-blocks"`
	EndBytes        uint64 `json:"end-bytes"`
	PeakBlocks      uint64 `json:"peak-blocks"`
	PeakBytes       uint64 `json:"peak-bytes"`
}

// PerCallFunction is what was allocated below one function.
type PerCallFunction struct {
	Function       string  `json:"function"`
	Calls          uint64  `json:"calls"`           // from outside
	RecursiveCalls uint64  `json:"recursive-calls"` // the others
	BlocksPerCall  float64 `json:"blocks-per-call"` // 0 without a call
	BytesPerCall   float64 `json:"bytes-per-call"`
	PerCallAmounts
	InlinedBlocks uint64        `json:"inlined-blocks"` // not in the sums: where the function is inlined
	CutBlocks     uint64        `json:"cut-blocks"`     // perhaps in them: of stacks that are not known whole
	Sites         []PerCallSite `json:"sites"`
}

// PerCallSite is a site below a function.
type PerCallSite struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"` // 0 where it is not known
	Type     string `json:"type"` // of the blocks; "" where it is not known
	PerCallAmounts
}

// Each returns how many of n there were a call; 0 without a call.
func (f *PerCallFunction) Each(n uint64) float64 {
	if f.Calls == 0 {
		return 0
	}
	return float64(n) / float64(f.Calls)
}

// Of returns what was allocated below the function of a name; false if it was not called.
func (p *PerCall) Of(function string) (*PerCallFunction, bool) {
	for i := range p.Functions {
		if f := &p.Functions[i]; f.Function == function && f.Calls > 0 {
			return f, true
		}
	}
	return nil, false
}

// Add adds a function, with so many of its sites.
func (p *PerCall) Add(name string, r *percall.Result, sites int) {
	f := PerCallFunction{
		Function: name, Calls: r.Calls, RecursiveCalls: r.Recursive, PerCallAmounts: PerCallAmounts(r.Amounts),
		InlinedBlocks: r.Inlined.Blocks, CutBlocks: r.Cut.Blocks, Sites: []PerCallSite{},
	}
	f.BlocksPerCall, f.BytesPerCall = f.Each(f.Blocks), f.Each(f.Bytes)
	for i := range r.Sites[:min(sites, len(r.Sites))] {
		s := &r.Sites[i]
		f.Sites = append(f.Sites, PerCallSite{s.Site.Name, s.Site.File, s.Site.Line, s.Type.Name, PerCallAmounts(s.Amounts)})
	}
	p.Functions = append(p.Functions, f)
}

// Write writes it.
func (p *PerCall) Write(w io.Writer) error {
	p.Version = perCallVersion
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

// errNotPerCall is the error for something else than Write writes.
var errNotPerCall = errors.New("not what is allocated per call")

// ReadPerCall reads what Write has written.
func ReadPerCall(text []byte) (*PerCall, error) {
	p := new(PerCall)
	if err := json.Unmarshal(text, p); err != nil || p.Version != perCallVersion || len(p.Functions) == 0 {
		return nil, errNotPerCall
	}
	return p, nil
}
