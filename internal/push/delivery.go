package push

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/pprof"
	"heapprof/internal/report/view"
)

// SmallStacks is the frame that stands for all stacks of a profile that were too small, and too many, to be pushed one by
// one. The sums of what is pushed are the profile's all the same.
const SmallStacks = "[small stacks, together]"

// bounds is how much a server takes at once.
type bounds struct {
	stacks int // 0: any number
	bytes  int // uncompressed
}

// bounds returns those of the systems as they come. Pyroscope refuses a profile with more than 16,000 samples, and what
// is larger than the 2 MiB that it lets one send in a burst, less room for labels; Parca takes messages of 64 MiB.
func (s System) bounds() bounds {
	if s == Parca {
		return bounds{bytes: 48 << 20}
	}
	return bounds{stacks: 16_000, bytes: 2<<20 - 64<<10}
}

// delivery is what is pushed at once of one profile, again and again until the server has it.
type delivery struct {
	samples []sample
	body    []byte // the message with the samples
	at      time.Time
	then    map[stackKey]amount // what the ledger is to say once it has got there
}

// sample is a profile in pprof's format, gzipped.
type sample struct {
	id    string // the same however often it is sent
	pprof []byte
}

// newDelivery makes what is pushed of a profile at a moment: what lives then, and what was allocated since the last
// that the server has.
func (p *Pusher) newDelivery(a *account, of *profile.Profile, at time.Time) (*delivery, error) {
	q := *of
	q.Command = "" // secrets may be in it
	if q.Columns.Has(profile.End) {
		q.Columns |= profile.Lives
	}
	d := &delivery{at: at}
	q.Points, d.then = a.ledger.since(of)
	kinds := []pprof.Options{{Values: pprof.FleetValues, Took: max(at.Sub(a.since), 1)}}
	if p.o.Target.System == Parca {
		// What has a duration is a difference there, and is added up over time; what has none is a state.
		kinds = []pprof.Options{{Values: pprof.InuseValues}, {Values: pprof.AllocValues, Took: max(at.Sub(a.since), 1)}}
	}
	for _, k := range kinds {
		k.NoLabels, k.Sites, k.At = true, true, at
		s, err := newSample(&q, k, p.o.Rules, p.o.Target.System.bounds())
		if err != nil {
			return nil, err
		}
		if s != nil {
			d.samples = append(d.samples, *s)
		}
	}
	if len(d.samples) > 0 {
		d.body = p.o.Target.request(labelsOf(of, p.o.Labels), d)
	}
	return d, nil
}

// newSample returns the values of a profile that are not 0, within bounds; nil if there are none.
func newSample(of *profile.Profile, o pprof.Options, rules frames.Rules, b bounds) (*sample, error) {
	q := *of
	q.Points = slices.DeleteFunc(slices.Clone(q.Points), func(pt profile.Point) bool {
		return !hasAny(&pt, o.Values)
	})
	if len(q.Points) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(q.Points, bySize(&q, o.Values))
	all := q.Points
	most := len(all)
	if b.stacks != 0 {
		most = min(most, b.stacks)
	}
	for {
		q.Points, q.Frames = fold(all, most, of.Frames)
		file, err := pprof.New(view.NewSourceByRules(&q, rules), o)
		if err != nil {
			return nil, err
		}
		var plain bytes.Buffer
		if err := file.WritePlain(&plain); err != nil {
			return nil, err
		}
		if plain.Len() <= b.bytes || most <= 1 {
			return pack(plain.Bytes())
		}
		// What is left out is as large as the rest, and names are shared: a little less than the proportion will do, soon.
		most = max(1, min(most-1, int(float64(most)*0.9*float64(b.bytes)/float64(plain.Len()))))
	}
}

// hasAny reports whether one of the values of a point is not 0.
func hasAny(pt *profile.Point, v pprof.Values) bool {
	alloc, inuse := pt.TotalBytes|pt.TotalBlocks != 0, pt.EndBytes|pt.EndBlocks != 0
	switch v {
	case pprof.AllocValues:
		return alloc
	case pprof.InuseValues:
		return inuse
	}
	return alloc || inuse
}

// bySize orders points by their part of all that lives, or of all that was allocated, the larger of both: the largest first.
func bySize(p *profile.Profile, v pprof.Values) func(a, b profile.Point) int {
	sum := p.Totals()
	part := func(pt *profile.Point) (part float64) {
		if v != pprof.InuseValues && sum.TotalBytes > 0 {
			part = float64(pt.TotalBytes) / float64(sum.TotalBytes)
		}
		if v != pprof.AllocValues && sum.EndBytes > 0 {
			part = max(part, float64(pt.EndBytes)/float64(sum.EndBytes))
		}
		return part
	}
	return func(a, b profile.Point) int { return cmp.Compare(part(&b), part(&a)) }
}

// fold returns at most so many points, the last of which is all others together if there are more, and the frames that
// they refer to.
func fold(points []profile.Point, most int, table []profile.Frame) ([]profile.Point, []profile.Frame) {
	if len(points) <= most {
		return points, table
	}
	rest := profile.Point{Stack: profile.StackOf(uint32(len(table)))}
	for i := most - 1; i < len(points); i++ {
		rest.Add(&points[i])
	}
	return append(slices.Clone(points[:most-1]), rest), append(slices.Clone(table), profile.Marker(SmallStacks))
}

// pack compresses a sample and gives it a number of its own.
func pack(plain []byte) (*sample, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &sample{id: newID(), pprof: packed.Bytes()}, nil
}

// newID returns a random UUID (RFC 9562, version 4), which is what Pyroscope takes.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
