//go:build linux && (amd64 || arm64)

package tracker

import (
	"slices"
	"strings"
	"sync"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/replay"
)

// dumper has profiles made of images that run on, beside the Reader, which gives it their states.
type dumper struct {
	options Dumps
	images  *images
	watch   *memoryWatch // nil: nobody asks for a part of a limit

	// Of the Reader's goroutine.
	every, flush time.Time            // when they are due; zero: never
	reached      map[reachedBy]uint64 // what there was when a threshold was reached last
	asked        []*askedDump         // since Answer was called

	mu      sync.Mutex // guards what follows
	changed *sync.Cond // work, or closed
	work    []dumpWork // that waits, the first of which may be under way
	closed  bool
	took    time.Duration // from a state until its profile was written, the last time
	texts   []string      // of answers, by number less 1
	done    chan struct{}
}

// reachedBy is a threshold and the image that has reached it, by its index, or allImages.
type reachedBy struct{ threshold, image int }

// askedDump is a dump that somebody waits for.
type askedDump struct{ file string }

// dumpWork is a state that something is to be made of, or an answer to be given when all before it is done.
type dumpWork struct {
	state  *replay.Unfinished
	of     candidate
	about  profile.Dump
	main   bool       // Dump.Main
	asked  *askedDump // nil: nobody waits
	answer func()
}

// mostWaiting is how many states wait at most. One that is due while there are others is left out, as the
// next will be of more.
const mostWaiting = 16

// leastTexts is how many texts of answers are kept at least.
const leastTexts = 64

func newDumper(o Dumps, images *images, watch *memoryWatch, began time.Time) *dumper {
	d := &dumper{options: o, images: images, watch: watch, reached: make(map[reachedBy]uint64), done: make(chan struct{})}
	d.changed = sync.NewCond(&d.mu)
	if o.Every > 0 {
		d.every = began.Add(o.Every)
	}
	if o.Flush > 0 {
		d.flush = began.Add(o.Flush)
	}
	go d.run()
	return d
}

// close returns when all that was taken is written.
func (d *dumper) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.changed.Broadcast()
	<-d.done
}

// run does what was put, until close is called and nothing is left.
func (d *dumper) run() {
	defer close(d.done)
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for len(d.work) == 0 {
			if d.closed {
				return
			}
			d.changed.Wait()
		}
		w := d.work[0]
		d.mu.Unlock()
		began := time.Now()
		if w.answer != nil {
			w.answer()
		} else {
			d.make(w)
		}
		d.mu.Lock()
		if w.answer == nil {
			d.took = time.Since(began)
		}
		d.work = slices.Delete(d.work, 0, 1)
	}
}

// make makes a profile and has it written.
func (d *dumper) make(w dumpWork) {
	w.of.Snapshot = w.state.Finish()
	d.images.building.Lock()
	defer d.images.building.Unlock()
	if w.about.Why == profile.DumpFlush && d.images.hasEnded(w.of.Index) {
		return // its last profile may be written by now
	}
	w.of.dump, w.about.Recorder = &w.about, recorderIdentity()
	file := d.options.Write(Dump{Image: d.images.build(&w.of), Why: w.about.Why, Main: w.main})
	if w.asked != nil {
		w.asked.file = file
	}
}

// Due returns the images of which a profile is due.
func (d *dumper) Due(running map[int]*replay.Image) (due []replay.Dump) {
	for n, t := range d.options.At {
		due = append(due, d.dueAt(n, t, running)...)
	}
	now := time.Now()
	if !d.every.IsZero() && !now.Before(d.every) {
		for !now.Before(d.every) { // nobody wants two at once that were missed
			d.every = d.every.Add(d.options.Every)
		}
		due = append(due, d.ofAll(running, profile.Dump{Why: profile.DumpEvery})...)
	}
	if waiting, took := d.busy(); !d.flush.IsZero() && !now.Before(d.flush) && waiting == 0 {
		const share = 4
		d.flush = now.Add(max(d.options.Flush, share*took))
		due = append(due, d.ofAll(running, profile.Dump{Why: profile.DumpFlush})...)
	}
	return due
}

// dueAt returns the images of which a profile is due as a threshold was reached, the one of the given number.
func (d *dumper) dueAt(number int, t Threshold, running map[int]*replay.Image) (due []replay.Dump) {
	if t.Part > 0 {
		for index, use := range d.watch.near(t.Part) {
			about := profile.Dump{Why: profile.DumpLimit, Use: &use}
			switch i := running[index]; {
			case index != allImages && (i == nil || i.State == nil):
			case !d.isDoubled(reachedBy{number, index}, use.Used):
			case index == allImages:
				due = append(due, d.ofAll(running, about)...)
			default:
				due = append(due, d.ofOne(i, running, about, nil))
			}
		}
		return due
	}
	for index, i := range running {
		if i.State != nil && i.LiveBytes() >= t.Bytes && d.isDoubled(reachedBy{number, index}, i.LiveBytes()) {
			due = append(due, d.ofOne(i, running, profile.Dump{Why: profile.DumpLimit, Bytes: t.Bytes}, nil))
		}
	}
	return due
}

// busy returns how many states wait, and how long the last took.
func (d *dumper) busy() (waiting int, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.work), d.took
}

// isDoubled reports whether there is twice as much as the last time that this was so.
func (d *dumper) isDoubled(key reachedBy, now uint64) bool {
	if last := d.reached[key]; last != 0 && now < 2*last {
		return false
	}
	d.reached[key] = now
	return true
}

// Asked returns the dumps that somebody asks for from outside.
func (d *dumper) Asked(i *replay.Image, running map[int]*replay.Image, mark string, all bool) []replay.Dump {
	if all && !slices.Contains(d.thoseThatMatter(running), i) {
		return nil
	}
	asked := &askedDump{}
	d.asked = append(d.asked, asked)
	return []replay.Dump{d.ofOne(i, running, profile.Dump{Why: profile.DumpAsked, Mark: mark}, asked)}
}

// Answer has an answer given when all that was asked for since the last time is written.
func (d *dumper) Answer(answer func(text uint32)) {
	asked := d.asked
	d.asked = nil
	d.put(dumpWork{answer: func() {
		var files []string
		for _, a := range asked {
			if a.file != "" {
				files = append(files, a.file)
			}
		}
		answer(d.keep(strings.Join(files, "\n")))
	}})
}

// keep keeps a text, and returns its number; 0 for an empty one.
func (d *dumper) keep(text string) uint32 {
	if text == "" {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.texts); n >= leastTexts {
		d.texts[n-leastTexts] = ""
	}
	d.texts = append(d.texts, text)
	return uint32(len(d.texts))
}

// Text returns a text that was kept.
func (d *dumper) Text(number uint32) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if number == 0 || int(number) > len(d.texts) {
		return ""
	}
	return d.texts[number-1]
}

// thoseThatMatter returns the images of which a profile would be made if all ended now, the one that matters most first.
func (d *dumper) thoseThatMatter(running map[int]*replay.Image) (all []*replay.Image) {
	c := chosen{most: mostProfiles}
	for _, i := range running {
		if i.State != nil && i.End == 0 {
			x := d.candidate(i)
			c.add(&x)
		}
	}
	for _, x := range c.all {
		all = append(all, running[x.Index])
	}
	return all
}

// candidate returns what an image that runs is among others, as far as its peak tells.
func (d *dumper) candidate(i *replay.Image) candidate {
	return candidate{
		own: heap.Own{Peak: i.OwnPeak()}, number: i.Number, start: i.RunsIn(d.images.root), ending: unknownEnding,
		recorded: recorded{Snapshot: &replay.Snapshot{Facts: i.Facts}},
	}
}

// ofAll returns dumps of all images that matter.
func (d *dumper) ofAll(running map[int]*replay.Image, about profile.Dump) (due []replay.Dump) {
	for n, i := range d.thoseThatMatter(running) {
		due = append(due, d.of(i, about, n == 0, nil))
	}
	return due
}

// ofOne returns the dump of an image.
func (d *dumper) ofOne(i *replay.Image, running map[int]*replay.Image, about profile.Dump, asked *askedDump) replay.Dump {
	return d.of(i, about, slices.Index(d.thoseThatMatter(running), i) == 0, asked)
}

// of returns the dump of an image, which may be the one that matters most.
func (d *dumper) of(i *replay.Image, about profile.Dump, main bool, asked *askedDump) replay.Dump {
	return replay.Dump{Image: i, Take: func(state *replay.Unfinished) {
		w := dumpWork{state: state, of: d.candidate(i), about: about, main: main, asked: asked}
		w.of.answers = d.images.builder.patcher.AnswersTo(i.Index)
		d.put(w)
	}}
}

// put has work done when that before it is, unless too much waits.
func (d *dumper) put(w dumpWork) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.answer != nil || len(d.work) < mostWaiting {
		d.work = append(d.work, w)
		d.changed.Signal()
	}
}

// recorderIdentity tells this process from others: see profile.Dump.
func recorderIdentity() string {
	self, err := procfs.Self()
	if err != nil {
		return ""
	}
	return self.Identity()
}

// IsRecording reports whether the recorder that has written a profile, by its profile.Dump, is still there.
func IsRecording(recorder string) bool { return procfs.Identified(recorder) != 0 }
