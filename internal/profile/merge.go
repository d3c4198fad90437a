package profile

import (
	"errors"
	"math/bits"
	"slices"
)

// Part is what a merged profile was made of: profiles of one command line.
type Part struct {
	Command  string
	Profiles uint64 // how many
}

// MergedProfiles returns how many profiles were merged to this one; 0 for one of one process.
func (p *Profile) MergedProfiles() (n uint64) {
	for _, part := range p.Merged {
		n += part.Profiles
	}
	return n
}

// Merge returns one profile of several, as a Merger makes it. It fails if there is none, and else as Merger.Add does.
func Merge(profiles ...*Profile) (*Profile, error) {
	if len(profiles) == 0 {
		return nil, errors.New("there is no profile to merge")
	}
	var m Merger
	for _, p := range profiles {
		if err := m.Add(p); err != nil {
			return nil, err
		}
	}
	return m.Profile(), nil
}

// Merger makes one profile of several processes, as of those of a service, or of the runs of a test suite: the
// frames and modules of all, and their points, of which those with the same stack are summed. What it keeps
// is at most twice as much as the merged profile. The zero value is ready for the first profile.
//
// What belongs to one process alone is left out, such as the timeline, the moments, who held the blocks and what was in
// RAM; the command and the process's number are those of the first profile. A file that several processes had mapped is one
// module, at the place where the first of them had it, and addresses are of that place.
//
// The merged profile has the columns that all of the profiles have, what only their maker knows if that is the same of all, and where blocks were freed, how large they
// were, what threads allocated and what was mapped if all tell of that. The peaks of the profiles, and their points' own
// maxima, were at different moments, so their sums are upper bounds of what there was at once.
// Recording.MergedPoints counts the points that were summed, and PeakTime is 0. Recording.Joint tells what is known of all processes
// at one time.
type Merger struct {
	p     *Profile // nil before the first
	lacks lacks
	sums  Point // of the columns of all
	times joiner
	size  int // of p when it was normalized last
}

// Add adds a profile, which stays as it was. It fails with an *UnlikeError if that cannot be added to the first one; all
// is then as it was before.
func (m *Merger) Add(q *Profile) error {
	if m.p == nil {
		m.begin(q)
	}
	sums, why := m.sums, unlike(m.p, q)
	totals := q.sums()
	if why == "" && !sums.addFits(&totals) {
		why = UnlikeSums
	}
	if why != "" {
		return &UnlikeError{Why: why, First: m.p, Other: q}
	}
	m.sums = sums
	m.times.add(q, totals.PeakBytes)
	p := m.p
	p.addParts(q)
	p.Columns = p.Columns.Common(q.Columns)
	if !slices.Equal(p.Extra, q.Extra) {
		p.dropExtra()
	}
	p.EndTime = max(p.EndTime, q.EndTime)
	p.RunsOn = p.RunsOn || q.RunsOn
	m.lacks.note(q)
	p.addLater(q.Later)
	threads := p.addRecording(q.Recording, len(q.Points) > 0)
	place := p.addModules(q.Modules)
	firstPoint, firstFrame := len(p.Points), uint32(len(p.Frames))
	p.addFrames(q.Frames, place)
	p.addPoints(q, firstPoint, firstFrame, threads)
	if r := q.Recording; r != nil {
		p.addRefusals(r, firstFrame)
		if r.Frees != nil {
			p.addFrees(r.Frees, firstPoint, firstFrame)
		}
		if r.Mappings != nil {
			p.addMappings(r.Mappings, firstFrame)
		}
	}
	m.lacks.drop(p)
	p.Sampling.ExactBytes += q.Sampling.ExactBytes
	p.Sampling.ExactBlocks += q.Sampling.ExactBlocks
	if size := len(p.Points) + len(p.Frames); size > 2*m.size {
		p.Normalize()
		m.size = len(p.Points) + len(p.Frames)
	}
	return nil
}

// Profile returns what was made of all, normalized. It shares no slice with the profiles. Nothing may be added any more.
func (m *Merger) Profile() *Profile {
	m.lacks.finish(m.p)
	if r := m.p.Recording; r != nil {
		r.Joint = m.times.joint()
	}
	m.p.Normalize()
	return m.p
}

// begin makes the profile to which all are added.
func (m *Merger) begin(first *Profile) {
	m.p = &Profile{
		Maker: first.Maker, Mode: first.Mode, Verb: first.Verb, Columns: first.Columns, Units: first.Units,
		Sampling:   Sampling{MeanBytes: first.Sampling.MeanBytes},
		ShortLived: first.ShortLived, Command: first.Command, PID: first.PID,
		Frames: []Frame{Root}, Extra: first.Extra,
	}
}

// dropExtra removes what only another tool knows of the points.
func (p *Profile) dropExtra() {
	p.Extra = nil
	for i := range p.Points {
		if p.Points[i].rest != nil {
			p.Points[i].Edit().Extra = nil
		}
	}
}

// addParts adds what another profile is of.
func (p *Profile) addParts(q *Profile) {
	parts := q.Merged
	if parts == nil {
		parts = []Part{{q.Command, 1}}
	}
	for _, part := range parts {
		at := 0
		for at < len(p.Merged) && p.Merged[at].Command != part.Command {
			at++
		}
		if at == len(p.Merged) {
			p.Merged = append(p.Merged, Part{Command: part.Command})
		}
		p.Merged[at].Profiles += part.Profiles
	}
}

// addFrames adds the frames of another profile, whose modules have come to those places.
func (p *Profile) addFrames(frames []Frame, place map[*Module]placed) {
	for _, f := range frames {
		if at, ok := place[f.Module]; ok && f.Module != nil {
			f.Module = at.module
			for _, address := range []*uint64{&f.Addr, &f.Entry} {
				if *address != 0 {
					*address += at.shift
				}
			}
		}
		p.Frames = append(p.Frames, f)
	}
}

// addPoints adds the points of another profile, whose frames have been added from firstFrame on, and whose threads have become those
// of the given indices.
func (p *Profile) addPoints(q *Profile, firstPoint int, firstFrame uint32, threads []int) {
	var stacks StackArena
	var frames []uint32
	for _, pt := range q.Points {
		frames = pt.Stack.AppendTo(frames[:0])
		for i := range frames {
			frames[i] += firstFrame
		}
		pt.Stack = stacks.Add(frames)
		if pt.rest != nil {
			r := pt.Rest()
			r.Facts = r.Facts.moved(firstPoint, threads)
			if p.Extra == nil {
				r.Extra = nil
			}
			pt.SetRest(r)
		}
		p.Points = append(p.Points, pt)
	}
}

// addMappings adds what another process had mapped, whose frames have been added from firstFrame on.
func (p *Profile) addMappings(q *Mappings, firstFrame uint32) {
	r := p.Recording
	if r.Mappings == nil {
		r.Mappings = new(Mappings)
	}
	for _, pt := range q.Points {
		pt.Stack = StackOf(moved(pt.Stack.Frames(), firstFrame)...)
		r.Mappings.Points = append(r.Mappings.Points, pt)
	}
}

// moved returns a copy of a stack whose frames have been added to others from first on.
func moved(stack []uint32, first uint32) []uint32 {
	own := make([]uint32, len(stack))
	for i, frame := range stack {
		own[i] = frame + first
	}
	return own
}

// sums returns the sums of all columns, those of the points' own maxima, too.
func (p *Profile) sums() (sum Point) {
	for i := range p.Points {
		sum.Add(&p.Points[i])
	}
	return sum
}

// addFits adds the numbers of q, and reports whether none of the sums is beyond 64 bits.
func (p *Point) addFits(q *Point) bool {
	carries := uint64(0)
	r, theirRest := p.Rest(), q.Rest()
	theirs := q.numbers(&theirRest)
	for i, own := range p.numbers(&r) {
		sum, carry := bits.Add64(*own, *theirs[i], 0)
		*own = sum
		carries |= carry
	}
	p.SetRest(r)
	return carries == 0
}

// numbers returns the columns of the point that are numbers; r is its rest.
func (p *Point) numbers(r *Rest) []*uint64 {
	return []*uint64{
		&p.TotalBytes, &p.TotalBlocks, &r.TotalLifetime, &r.MaxBytes, &r.MaxBlocks, &p.PeakBytes, &p.PeakBlocks, &p.EndBytes, &p.EndBlocks,
		&r.LostBytes, &r.LostBlocks, &r.ReadBytes, &r.WrittenBytes, &r.TemporaryBlocks, &r.Reallocs,
	}
}
