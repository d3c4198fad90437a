package firefox

import (
	"cmp"
	"slices"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/label"
	"heapprof/internal/report/view"
)

// mostThreads is how many threads of the program have a track: the viewer shows a line for each.
const mostThreads = 64

// track is what the viewer calls a thread: the allocations of a metric, or in all of one thread of the program.
type track struct {
	name string
	tid  any // by which tracks are told apart
	rows []allocation
	main bool // it has the markers of the run
}

// tracks returns those of the metrics, and then those of the program's threads that allocated the most.
func (f *File) tracks() []track {
	var all []track
	for i, m := range f.metrics {
		all = append(all, track{f.title(m), f.profile.PID + int64(i), f.allocations(m), i == 0})
	}
	return append(all, f.threadTracks()...)
}

// threadTracks returns the tracks of the program's threads: what each allocated in all. A stack of one thread is spread over
// the run, as in the track of all; of one of several it is not known when which of them allocated, so that it stands at the end.
func (f *File) threadTracks() []track {
	p := f.profile
	if !slices.Contains(f.metrics, view.TotalBytes) || !p.HasThreadShares() {
		return nil
	}
	threads := p.Recording.ByThread
	order := make([]int, len(threads))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(threads[b].TotalBytes, threads[a].TotalBytes) })
	order = order[:min(len(order), mostThreads)]
	rows := make(map[int][]allocation, len(order))
	for i := range p.Points {
		pt := &p.Points[i]
		shares := pt.Shares()
		for n := range shares {
			s := &shares[n]
			switch {
			case s.TotalBytes == 0 || s.Thread == profile.NoThread || !slices.Contains(order, s.Thread):
			case len(shares) == 1:
				rows[s.Thread] = append(rows[s.Thread], f.overTime(i)...)
			default:
				rows[s.Thread] = append(rows[s.Thread], allocation{p.EndTime, f.stacks[i], s.TotalBytes})
			}
		}
	}
	var all []track
	names := label.ThreadsOf(p)
	for _, i := range order {
		tid := strconv.FormatInt(p.PID, 10) + " " + strconv.FormatUint(threads[i].ID, 10)
		if threads[i].ID == 0 {
			tid = strconv.FormatInt(p.PID, 10) + " row " + strconv.Itoa(i)
		}
		all = append(all, track{name: "thread " + names[i] + ": " + f.title(view.TotalBytes), tid: tid, rows: inOrder(rows[i])})
	}
	return all
}

// inOrder sorts the rows of a track by time.
func inOrder(rows []allocation) []allocation {
	slices.SortStableFunc(rows, func(a, b allocation) int { return cmp.Compare(a.time, b.time) })
	return rows
}
