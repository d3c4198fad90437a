package profile

import "slices"

// lacks is what one of several profiles does not tell of, or tells otherwise than the others, so that of all together it is not known.
type lacks struct {
	exact, facts, frees, sizes, lifetimes, threads, mappings, refusals, cpu bool
}

// note notes what a profile does not tell. One without points has nothing to tell of them.
func (l *lacks) note(p *Profile) {
	empty := len(p.Points) == 0
	l.exact = l.exact || !p.Sampling.HasTotals() && !empty
	r := p.Recording
	if r == nil {
		r = new(Recording)
	}
	l.facts = l.facts || !r.HasFacts
	l.frees = l.frees || r.Frees == nil
	l.sizes = l.sizes || len(r.Sizes) == 0 && !empty
	l.lifetimes = l.lifetimes || len(r.Lifetimes) == 0 && !empty
	l.threads = l.threads || len(r.ByThread) == 0 && !empty
	l.mappings = l.mappings || r.Mappings == nil
	l.refusals = l.refusals || r.Refusals == nil
	l.cpu = l.cpu || r.CPUTime == 0
}

// drop takes from p what of all together is not known, so that no more is added to it than need be.
func (l *lacks) drop(p *Profile) {
	r := p.Recording
	if r == nil {
		return
	}
	if l.frees {
		r.Frees = nil
	}
	if l.threads {
		r.ByThread = nil
	}
	if l.mappings {
		r.Mappings = nil
	}
}

// finish takes from p all that of all together is not known.
func (l *lacks) finish(p *Profile) {
	if l.exact {
		p.Sampling.ExactBytes, p.Sampling.ExactBlocks = 0, 0
	}
	for i := range p.Points {
		switch f := p.Points[i].Rest().Facts; {
		case f == nil:
		case l.facts:
			p.Points[i].Edit().Facts = nil
		case l.threads:
			f.Threads = nil
		}
	}
	l.drop(p)
	r := p.Recording
	if r == nil {
		return
	}
	r.HasFacts = !l.facts
	if l.sizes {
		r.Sizes = nil
	}
	if l.lifetimes {
		r.Lifetimes = nil
	}
	if !l.refusals && r.Refusals == nil {
		r.Refusals = []Refusal{} // all have looked, and nothing failed
	}
	if l.cpu {
		r.CPUTime = 0
	}
}

// addRecording adds to p's recording what is known of another process's, which has allocated or not. How the program ended, and
// why the profile was written before that, is that of the first which did not end well by itself. The indices are returned that
// r's threads have in p.
func (p *Profile) addRecording(r *Recording, hasAllocated bool) (threads []int) {
	if r == nil {
		return nil
	}
	if p.Recording == nil {
		p.Recording = &Recording{
			Program: r.Program, Host: r.Host, Start: r.Start, Depth: r.Depth, MaxNodes: r.MaxNodes, Allocator: r.Allocator,
		}
	}
	own := p.Recording
	if own.Host != r.Host {
		own.Host = ""
	}
	if !r.Start.IsZero() && r.Start.Before(own.Start) {
		own.Start = r.Start
	}
	if own.Signal == 0 && own.ExitCode <= 0 && (r.Signal != 0 || r.ExitCode != 0) {
		own.Signal, own.ExitCode = r.Signal, r.ExitCode
	}
	if own.Dump == nil {
		own.Dump = r.Dump
	}
	if own.Allocator != r.Allocator && hasAllocated {
		own.Allocator = ""
	}
	own.CPUTime += r.CPUTime
	own.Deepest = max(own.Deepest, r.Deepest)
	own.Nodes += r.Nodes
	own.NodeEvents += r.NodeEvents
	own.MergedPoints += r.MergedPoints
	own.addNotes(r.Notes)
	own.Counts.add(&r.Counts)
	own.Sizes = addClasses(own.Sizes, r.Sizes, SizeClass.plus)
	own.Lifetimes = addClasses(own.Lifetimes, r.Lifetimes, LifetimeClass.plus)
	threads = own.addThreads(r.ByThread)
	if a := r.Attached; a != nil {
		if own.Attached == nil {
			own.Attached = &Attached{Age: a.Age, End: a.End}
		}
		own.Attached.FreedBefore += a.FreedBefore
		own.Attached.ResizedBefore += a.ResizedBefore
	}
	return threads
}

// addLater adds what was named of another profile: of how many frames of all together is not known, but of so many as of
// the one that had most.
func (p *Profile) addLater(l *Later) {
	if l == nil {
		return
	}
	if p.Later == nil {
		p.Later = new(Later)
	}
	p.Later.ByPath = p.Later.ByPath || l.ByPath
	p.Later.Named, p.Later.Lined, p.Later.Parted = max(p.Later.Named, l.Named), max(p.Later.Lined, l.Lined), max(p.Later.Parted, l.Parted)
	for _, file := range l.Files {
		if !slices.Contains(p.Later.Files, file) {
			p.Later.Files = append(p.Later.Files, file)
		}
	}
}

// addNotes adds notes. What one says of several processes is said once.
func (r *Recording) addNotes(notes []Note) {
	for _, n := range notes {
		if at := slices.IndexFunc(r.Notes, n.saysTheSame); at >= 0 {
			r.Notes[at].Count += n.Count
		} else {
			r.Notes = append(r.Notes, n)
		}
	}
}

// addThreads adds what the threads of another process allocated: those of one name are one row. It returns the indices of theirs.
func (r *Recording) addThreads(threads []Thread) []int {
	places := make([]int, len(threads))
	for i, t := range threads {
		same := func(own Thread) bool { return own.Name == t.Name && (own.Threads == 0) == (t.Threads == 0) }
		at := slices.IndexFunc(r.ByThread, same)
		if at >= 0 {
			r.ByThread[at].add(&t)
		} else {
			at = len(r.ByThread)
			r.ByThread = append(r.ByThread, t)
		}
		places[i] = at
	}
	return places
}

// add adds what another thread, or several, allocated.
func (t *Thread) add(u *Thread) {
	t.ID = 0
	t.Threads += u.Threads
	t.TotalBytes += u.TotalBytes
	t.TotalBlocks += u.TotalBlocks
	t.MaxBytes = max(t.MaxBytes, u.MaxBytes)
	t.PeakBytes += u.PeakBytes
	t.PeakBlocks += u.PeakBlocks
	t.EndBytes += u.EndBytes
	t.EndBlocks += u.EndBlocks
	t.TemporaryBlocks += u.TemporaryBlocks
	t.FreedElsewhere += u.FreedElsewhere
}

// add adds the counts of d to those of c.
func (c *Counts) add(d *Counts) {
	c.TruncatedStacks += d.TruncatedStacks
	c.TruncatedBlocks += d.TruncatedBlocks
	c.IncompleteStacks += d.IncompleteStacks
	c.IncompleteBlocks += d.IncompleteBlocks
	c.StacklessBlocks += d.StacklessBlocks
	c.LostEvents += d.LostEvents
	c.UnknownFrees += d.UnknownFrees
	c.Unprofiled += d.Unprofiled
	c.UnplacedModules += d.UnplacedModules
	c.OtherRefusals += d.OtherRefusals
}
