//go:build linux && (amd64 || arm64)

package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// dueMark is a mark that somebody has asked for, as it was when it was looked at: the program
// may write over its place.
type dueMark struct {
	place   *wire.Mark
	asked   uint32 // the state of the place
	kind    uint32
	process int // index in the process table; -1: all that run
	number  uint32
	name    string
	stamp   uint64
}

// dueMarks returns the marks that have been asked for, in the order of time, and reports whether one
// is later than now, which is left for the next round. It is called when all rings have been
// looked at: whoever asks for a mark does so before it allocates anything later, so that no
// event that was seen there is later than a mark that is not seen here. The other way round an
// event before the mark was seen, as it was published before now.
func (r *Reader) dueMarks(now uint64) (due []dueMark, early bool) {
	asked := atomic.LoadUint32(&r.memory.Control().MarksAsked)
	if asked == r.marksSeen {
		return nil, false
	}
	places := &r.memory.Control().Marks
	for i := range places {
		m := &places[i]
		state := atomic.LoadUint32(&m.State)
		if state%wire.MarkStep != wire.MarkAsked || r.takenOn[m] == state {
			continue
		}
		stamp := atomic.LoadUint64(&m.Stamp)
		if stamp > now {
			early = true
			continue
		}
		if stamp == 0 {
			stamp = now
		}
		name := m.Name // what is checked must not change any more
		due = append(due, dueMark{
			place: m, asked: state, kind: m.Kind, process: int(m.Process) - 1, number: m.Number,
			name:  strings.ToValidUTF8(string(name[:min(m.NameBytes, wire.MaxMarkName)]), "\ufffd"),
			stamp: min(max(stamp, r.replayed), now),
		})
	}
	if !early {
		r.marksSeen = asked
	}
	slices.SortStableFunc(due, func(a, b dueMark) int { return cmp.Compare(a.stamp, b.stamp) })
	return due, early
}

// mark makes a mark, when all events up to its stamp have been replayed, and none that is later.
func (r *Reader) mark(d dueMark) {
	if d.kind == wire.MarkStack {
		r.answerStack(d)
		return
	}
	if d.kind == wire.MarkText {
		r.tell(&d)
		return
	}
	a := shm.MarkAnswer{Outcome: wire.MarkTooLate}
	indices := []int{d.process}
	var waiting []copyTarget // for whose copies whoever has asked for the mark waits
	dumped := false          // they wait for what is made of the images' states, too
	if d.process < 0 {
		indices = slices.Sorted(maps.Keys(r.running))
		a.Since = r.options.Since(0, d.stamp)
	}
	for _, index := range indices {
		i := r.running[index]
		if i == nil || i.End != 0 && i.End < d.stamp {
			continue
		}
		r.begin(i)
		if d.kind == wire.MarkExit && r.options.Copies != nil {
			// Answered when the copy has been made.
			r.copiesAsked = append(r.copiesAsked, askedCopy{
				targets: []copyTarget{{image: i}}, why: CopyAtExit, waiter: int(d.number),
				done: func(bool) { d.answer(shm.MarkAnswer{Outcome: wire.MarkMade}) },
			})
			return
		}
		stamp := max(d.stamp, i.Start)
		wanted, numbered := r.nameOf(&d)
		name := i.marks.next(wanted, numbered)
		marked := i.account().Mark(stamp, name)
		if marked {
			i.marks.take(wanted, name)
		} else {
			r.marksLost++
		}
		// Of a long run there may be more profiles than marks find room.
		mark := name
		if !marked {
			mark = ""
		}
		isDumped := r.dumpAt(i, &d, mark, stamp)
		dumped = dumped || isDumped
		if !marked && !isDumped {
			if a.Outcome != wire.MarkMade {
				a.Outcome = wire.MarkNoRoom
			}
			continue
		}
		a.Outcome, a.Name = wire.MarkMade, name
		if d.process >= 0 {
			a.Since = r.options.Since(i.Start, stamp)
		}
		switch {
		case !marked:
		case d.kind == wire.MarkSnapshot && r.options.Copies != nil:
			waiting = append(waiting, copyTarget{i, name})
		case r.options.CopyMarks:
			r.copiesAsked = append(r.copiesAsked, askedCopy{targets: []copyTarget{{i, name}}, why: CopyAtMark})
		}
	}
	answer := func() { d.answer(a) }
	if dumped {
		r.takeOn(&d)
		answer = func() {
			r.options.Dumps.Answer(func(text uint32) {
				a.Text = text
				d.answer(a)
			})
		}
	}
	if len(waiting) == 0 {
		answer()
		return
	}
	r.copiesAsked = append(r.copiesAsked, askedCopy{targets: waiting, why: CopyAsked, done: func(made bool) {
		if !made {
			a.Outcome = wire.MarkNoCopy
		}
		answer()
	}})
}

// answer tells whoever asks for the mark what became of it.
func (d *dueMark) answer(a shm.MarkAnswer) { shm.AnswerMark(d.place, d.asked, a) }

// takeOn tells whoever asks for a mark that the answer will come, but not soon. Until then its place stands as one
// that is asked for, and the mark must not be made again when another one is asked for.
func (r *Reader) takeOn(d *dueMark) {
	r.takenOn[d.place] = d.asked
	shm.TakeOnMark(d.place, d.asked)
}

// nameOf returns what a mark is called, and reports whether it is numbered in any case.
func (r *Reader) nameOf(d *dueMark) (name string, numbered bool) {
	switch {
	case d.kind == wire.MarkSignal:
		return r.options.MarkSignal, true
	case d.kind == wire.MarkFunction && int(d.number) < len(r.options.MarkFunctions):
		r.entered[int(d.number)] = true
		return r.options.MarkFunctions[d.number], false
	}
	return d.name, false
}

// markNames are the names of an image's marks, each of which is another: how many marks were
// to have the name. Those that are not made leave no name: they may be without number.
type markNames map[string]int

// next returns the name of a new mark. Where another has the name, or it is to be numbered, the
// number of the mark of that name follows it.
func (n markNames) next(name string, numbered bool) string {
	number := n[name] + 1
	if number == 1 && !numbered {
		return name
	}
	for {
		unique := fmt.Sprintf("%s %d", name, number)
		if n[unique] == 0 {
			return unique
		}
		number++
	}
}

// take keeps the name that a mark has been given which was to have another.
func (n markNames) take(wanted, name string) {
	n[wanted]++
	if name != wanted {
		n[name]++
	}
}

// sinceUnknown is Options.Since where nobody tells the time.
func sinceUnknown(from, to uint64) time.Duration { return 0 }
