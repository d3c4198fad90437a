package record

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/tracker"
)

// Program returns the name of the program that ran in the started process at its end, which
// is not the one that was started where that called exec.
func (o *RunOptions) Program(r *tracker.Result) string { return cmp.Or(r.Last, o.Args[0]) }

// recorded returns the name of the program that the result's profile is of.
func (o *RunOptions) recorded(r *tracker.Result) string {
	switch {
	case !r.Started:
		return o.ProgramOf(r.Image)
	case r.LastUnrecorded.IsZero():
		return o.Program(r)
	case len(r.Earlier) > 0:
		return r.Profile.Recording.Program
	}
	return o.Args[0]
}

// ProgramOf returns the name of an image's program.
func (o *RunOptions) ProgramOf(i tracker.Image) string {
	return cmp.Or(i.Profile.Recording.Program, o.Args[0])
}

// child is the profile of an image besides the result's, and what became of it.
type child struct {
	pid    int
	name   string
	lives  bool // it runs on
	gone   bool // another program has replaced it
	totals profile.Point
	total  string // what it allocated, in words
	units  human.Units
	saved  string // its file; "" if there is none
	err    error
	beside []beside
}

// saveChild writes the profile of a child to a file of its own.
func (o *RunOptions) saveChild(i tracker.Image) child {
	p, program := i.Profile, o.ProgramOf(i)
	c := child{pid: i.PID, name: filepath.Base(program), lives: i.LivesOn, gone: i.Replaced, totals: p.Totals(), units: human.UnitsOf(p)}
	c.total = cmp.Or(wording.ExactTotals(p), fmt.Sprintf("%s in %s", c.units.Size(c.totals.TotalBytes), c.units.Blocks(c.totals.TotalBlocks)))
	at := o.ChildPlace(program, i)
	c.saved, c.err = o.Save(at, p)
	c.beside = SaveBeside(i, at.At(c.saved))
	return c
}

// tellWhose says whose profile it is, where that is not the started program's.
func tellWhose(s *console.Streams, o *RunOptions, r *tracker.Result, children []child) {
	name := filepath.Base(o.recorded(r))
	switch {
	case !r.Started:
		processes := r.Others.Processes
		if !r.Replaced {
			processes++
		}
		for _, c := range children {
			if !c.gone { // else it is counted as what it became
				processes++
			}
		}
		if r.Replaced && processes <= 1 {
			s.Say("the profile is of %s, which had a larger peak than what replaced it by exec", name)
			break
		}
		s.Say("the largest peak is that of %s (process %d), one of %s", name, r.PID, human.Counted(uint64(processes), "process"))
	case !r.LastUnrecorded.IsZero():
		s.Say("the profile is of %s, not of %s, which took its place by exec", r.Profile.Recording.Program, r.Last)
	case len(r.Earlier) > 0 && !o.children:
		s.Say("the profile is of %s, which replaced %s by exec; what that allocated before is not in it",
			cmp.Or(r.Profile.Recording.Program, r.Last), replaced(r.Earlier))
	}
	if r.LivesOn {
		s.Say("%s runs on, and is not recorded any more: --children waits for its end", name)
	}
}

// listedChildren is how many children the summary names.
const listedChildren = 10

// listChildren prints the other profiles that were written, those with the largest peaks
// first, and what there was besides.
func listChildren(s *console.Streams, children []child, others tracker.Others) {
	if len(children) == 0 && others.Processes == 0 {
		return
	}
	slices.SortFunc(children, func(a, b child) int {
		return cmp.Or(cmp.Compare(b.totals.PeakBytes, a.totals.PeakBytes), cmp.Compare(a.pid, b.pid))
	})
	if len(children) > 0 {
		fmt.Fprintf(s.Err, "\nother processes and programs, by peak\n")
	}
	for _, c := range children[:min(len(children), listedChildren)] {
		name := names.Printable(c.name)
		if c.lives {
			name += " (runs on)"
		}
		fmt.Fprintf(s.Err, "  %10s  of %s  %s  %s\n", c.units.Size(c.totals.PeakBytes), c.total, name, names.Printable(c.saved))
	}
	if n := len(children) - listedChildren; n > 0 {
		fmt.Fprintf(s.Err, "              … %d more\n", n)
	}
	if others.Processes > 0 {
		if len(children) == 0 {
			fmt.Fprintln(s.Err)
		}
		s.Say("%s", wording.OthersWords(others))
	}
}
