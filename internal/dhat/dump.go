package dhat

import "heapprof/internal/profile"

// dumpJSON is a profile.Dump in a file.
type dumpJSON struct {
	Why      string   `json:"why"`
	Number   uint64   `json:"number,omitempty"`
	Mark     string   `json:"mark,omitempty"`
	Use      *useJSON `json:"use,omitempty"`
	Bytes    uint64   `json:"bytes,omitempty"`
	Recorder string   `json:"recorder,omitempty"`
}

// useJSON is a profile.MemoryUse in a file.
type useJSON struct {
	Of    string `json:"of,omitempty"`
	Limit uint64 `json:"limit,omitempty"`
	Used  uint64 `json:"used,omitempty"`
}

// outOfMemoryJSON is a profile.OutOfMemory in a file.
type outOfMemoryJSON struct {
	useJSON
	Anonymous uint64 `json:"anonymous,omitempty"`
	Recorder  uint64 `json:"recorder,omitempty"`
}

// attachedJSON is a profile.Attached in a file.
type attachedJSON struct {
	End           string      `json:"end"`
	Age           uint64      `json:"age,omitempty"`
	FreedBefore   uint64      `json:"freedBefore,omitempty"`
	ResizedBefore uint64      `json:"resizedBefore,omitempty"`
	Pauses        *pausesJSON `json:"pauses,omitempty"`
}

// pausesJSON is a profile.Pauses in a file.
type pausesJSON struct {
	Count   uint64 `json:"count"`
	Median  uint64 `json:"median"`
	Longest uint64 `json:"longest"`
}

// endJSON is what heapprof's own key has of how a profile came to its end.
type endJSON struct {
	Dump        *dumpJSON        `json:"dump"`
	OutOfMemory *outOfMemoryJSON `json:"outOfMemory"`
	Attached    *attachedJSON    `json:"attached"`
}

func newEndJSON(r *profile.Recording) (j endJSON) {
	if d := r.Dump; d != nil {
		j.Dump = &dumpJSON{Why: string(d.Why), Number: d.Number, Mark: d.Mark, Bytes: d.Bytes, Recorder: d.Recorder}
		if d.Use != nil {
			use := useOf(*d.Use)
			j.Dump.Use = &use
		}
	}
	if o := r.OutOfMemory; o != nil {
		j.OutOfMemory = &outOfMemoryJSON{useOf(o.MemoryUse), o.Anonymous, o.Recorder}
	}
	if a := r.Attached; a != nil {
		j.Attached = &attachedJSON{End: string(a.End), Age: a.Age, FreedBefore: a.FreedBefore, ResizedBefore: a.ResizedBefore}
		if a.Pauses != (profile.Pauses{}) {
			pauses := pausesJSON(a.Pauses)
			j.Attached.Pauses = &pauses
		}
	}
	return j
}

func useOf(u profile.MemoryUse) useJSON { return useJSON{string(u.Of), u.Limit, u.Used} }

func (j useJSON) use() profile.MemoryUse {
	return profile.MemoryUse{Of: profile.LimitOf(j.Of), Limit: j.Limit, Used: j.Used}
}

// addTo adds it to a recording.
func (j *endJSON) addTo(r *profile.Recording) {
	if d := j.Dump; d != nil {
		r.Dump = &profile.Dump{Why: profile.DumpReason(d.Why), Number: d.Number, Mark: d.Mark, Bytes: d.Bytes, Recorder: d.Recorder}
		if d.Use != nil {
			use := d.Use.use()
			r.Dump.Use = &use
		}
	}
	if o := j.OutOfMemory; o != nil {
		r.OutOfMemory = &profile.OutOfMemory{MemoryUse: o.use(), Anonymous: o.Anonymous, Recorder: o.Recorder}
	}
	if a := j.Attached; a != nil {
		r.Attached = &profile.Attached{End: profile.AttachEnd(a.End), Age: a.Age, FreedBefore: a.FreedBefore, ResizedBefore: a.ResizedBefore}
		if a.Pauses != nil {
			r.Attached.Pauses = profile.Pauses(*a.Pauses)
		}
	}
}

// end writes how the profile came to its end, where there is something to say of that.
func (e *encoder) end(j *endJSON) {
	if j.Dump != nil {
		e.jsonField(" ,", "dump", j.Dump)
		e.text("\n")
	}
	if j.OutOfMemory != nil {
		e.jsonField(" ,", "outOfMemory", j.OutOfMemory)
		e.text("\n")
	}
	if j.Attached != nil {
		e.jsonField(" ,", "attached", j.Attached)
		e.text("\n")
	}
}
