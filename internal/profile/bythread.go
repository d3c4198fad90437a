package profile

// ByThread returns a profile in which each thread has points of its own: of each stack what it allocated, in PointThreads which thread
// that is, and of the columns those that are known so. wanted tells which threads it is of, the others are left out, and so is
// what nobody knows whose it is; nil stands for all of both. What belongs to the whole program is left out.
func (p *Profile) ByThread(wanted func(*Thread) bool) *Profile {
	q := *p
	q.Columns = p.Columns & (Peak | End | NoTotals | NoBlocks)
	q.Sampling.ExactBytes, q.Sampling.ExactBlocks = 0, 0
	q.Extra, q.Moments, q.Timeline = nil, nil, nil
	q.Points, q.PointThreads = make([]Point, 0, len(p.Points)), make([]int, 0, len(p.Points))
	r := p.Recording
	q.Recording = r.outline()
	q.Recording.ByThread = r.ByThread
	takes := make([]bool, len(r.ByThread))
	for i := range r.ByThread {
		if takes[i] = wanted == nil || wanted(&r.ByThread[i]); takes[i] && wanted != nil {
			q.OnlyThreads = append(q.OnlyThreads, r.ByThread[i])
		}
	}
	for i := range p.Points {
		shares := p.Points[i].Shares()
		for n := range shares {
			if s := &shares[n]; s.Thread == NoThread && wanted == nil || s.Thread != NoThread && takes[s.Thread] {
				point := s.Point()
				point.Stack = p.Points[i].Stack
				q.Points, q.PointThreads = append(q.Points, point), append(q.PointThreads, s.Thread)
			}
		}
	}
	return &q
}

// outline returns what a recording tells of how it came about, for a profile of a part of what was recorded.
func (r *Recording) outline() *Recording {
	return &Recording{
		Program: r.Program, Host: r.Host, Start: r.Start, ExitCode: r.ExitCode, Signal: r.Signal,
		Depth: r.Depth, Deepest: r.Deepest, Nodes: r.Nodes, NodeEvents: r.NodeEvents, MaxNodes: r.MaxNodes,
		Counts: r.Counts, Notes: r.Notes, MergedPoints: r.MergedPoints,
	}
}
