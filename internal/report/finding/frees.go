package finding

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// WrongFrees finds frees that the program should not have made: one finding for each kind of
// them, of which the worst is named.
func WrongFrees(s *view.Source) []Finding {
	if s.Profile.Recording == nil || s.Profile.Recording.Frees == nil {
		return nil
	}
	kinds := []struct {
		kind   profile.WrongKind
		code   Code
		remedy profile.Remedy
	}{
		{profile.Mismatched, MismatchedFrees, PairFrees},
		{profile.FreedTwice, FreedTwice, UseSanitizer},
		{profile.Foreign, ForeignFrees, ""},
	}
	// Calls in one line are one fault, whatever led there.
	type place struct{ allocated, freed view.Site }
	var all []Finding
	for _, k := range kinds {
		f := Finding{Code: k.code, Remedy: k.remedy}
		blocks := map[place]uint64{}
		for _, w := range s.Profile.Recording.Frees.Wrong {
			if w.Kind != k.kind {
				continue
			}
			at := place{freed: *s.Site(w.Frames)}
			if w.Point >= 0 {
				at.allocated = *s.Site(s.Profile.Points[w.Point].Stack.Frames())
			}
			blocks[at] += w.Blocks
			f.Evidence.Count += w.Blocks
			// The first of the profile's own order where several are as bad.
			if blocks[at] > f.Evidence.Blocks {
				f.Evidence.Blocks, f.Evidence.FreedAt, f.Site = blocks[at], &at.freed, &at.allocated
			}
		}
		if f.Site != nil && f.Site.Name == "" {
			f.Site = nil // where they had been allocated is not known
		}
		if f.Evidence.Count > 0 {
			all = append(all, f)
		}
	}
	return all
}

// LeaksAlone finds that a report of leaks cannot tell where other blocks of their sites were
// freed.
func LeaksAlone(r *view.Report) (Finding, bool) {
	p := r.Source.Profile
	known := p.Recording != nil && p.Recording.Frees != nil
	return Finding{Code: FreesUnrecorded, Remedy: RecordFrees}, r.Options.Question == view.AskLeaks && !known && r.Source.Profile.OnlyThreads == nil
}

// DropsUnseen finds that a report by drop shows few drops, as the program has no debug
// information: a drop that is inlined has no frame then.
func DropsUnseen(r *view.Report) (Finding, bool) {
	const most = 0.9 // of the bytes are freed in drops of programs with debug information, and more
	p := r.Source.Profile
	all, dropped := r.Freed.All.Get(view.Bytes), r.Freed.Dropped.Get(view.Bytes)
	if r.Options.By != view.ByDrop || p.Recording == nil || float64(dropped) >= most*float64(all) {
		return Finding{}, false
	}
	of := false // there is code of a language that drops
	for i := range p.Frames {
		f := &p.Frames[i]
		if f.Module == nil || f.Module.Path != p.Recording.Program || f.Language != profile.Rust && f.Language != profile.CPlusPlus {
			continue
		}
		// What Rust brings of its own library has its lines.
		if f.File != "" && !strings.HasPrefix(f.File, "/rustc/") && !strings.HasPrefix(f.File, "library/") {
			return Finding{}, false
		}
		of = true
	}
	return Finding{Code: DropsInlined, Remedy: BuildDebug, Evidence: Evidence{Modules: []string{p.Recording.Program}}}, of
}

// FreedOnOtherPaths finds that blocks of a row's site live at the end, while others of it were
// freed.
func FreedOnOtherPaths(r *view.Row, u human.Units) (Finding, bool) {
	return Finding{Code: FreedElsewhere, Site: r.Site, Evidence: Evidence{Freed: r.FreedElsewhere, Units: u}}, len(r.FreedElsewhere) > 0
}
