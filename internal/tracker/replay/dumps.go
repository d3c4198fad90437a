//go:build linux && (amd64 || arm64)

package replay

import (
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// Dumps has something made of images while they run on. It is called by the Reader, between two rounds or at
// a mark, and must not wait.
type Dumps interface {
	// Due returns what is to be made now of the images that run, by their index in the process table. It is called
	// after each round.
	Due(running map[int]*Image) []Dump

	// Asked returns what is to be made of an image for which somebody asks from outside, at the mark of
	// that name, "" if there was no room for it. It may be nothing: where all images are meant and this one does not matter.
	Asked(i *Image, running map[int]*Image, mark string, all bool) []Dump

	// Answer is called when all has been taken that somebody has asked for at once. answer is to be called when it is
	// made, with the number by which Text returns what there is to say of it; 0: nothing was made.
	Answer(answer func(text uint32))

	// Text returns what there is to say of what was made.
	Text(number uint32) string
}

// Dump is an image of which something is to be made as it is now. Take is called with its state, and must not wait.
type Dump struct {
	Image *Image
	Take  func(*Unfinished)
}

// Unfinished is a Snapshot whose account is not worked out yet: that takes time for each block that lives.
type Unfinished struct {
	snapshot *Snapshot
	account  account
}

// Finish returns the snapshot. It may be called once, by any goroutine.
func (u *Unfinished) Finish() *Snapshot {
	u.snapshot.Heap = u.account.Finish(u.snapshot.Stamp)
	return u.snapshot
}

// unfinished returns a running image as it is at the moment stamp; no event that was replayed is later. It
// takes time for each call stack.
func (r *Reader) unfinished(i *Image, stamp uint64) *Unfinished {
	u := &Unfinished{i.snapshot(stamp), i.copyAccount()}
	u.snapshot.countLosses(r.memory.Process(i.Index))
	u.snapshot.Counted.Doubtful = true // its threads count on
	return u
}

// makeDumps has made what is due.
func (r *Reader) makeDumps() {
	if r.options.Dumps == nil {
		return
	}
	for _, d := range r.options.Dumps.Due(r.running) {
		if d.Image.State != nil && d.Image.End == 0 {
			d.Take(r.unfinished(d.Image, max(r.replayed, d.Image.Start)))
		}
	}
}

// dumpAt has made what somebody asks for of an image, at a mark whose moment is now.
func (r *Reader) dumpAt(i *Image, d *dueMark, mark string, stamp uint64) (any bool) {
	if !r.dumpsAt(d) {
		return false
	}
	for _, dump := range r.options.Dumps.Asked(i, r.running, mark, d.process < 0) {
		dump.Take(r.unfinished(i, stamp))
		any = true
	}
	return any
}

// dumpsAt reports whether something is to be made of images at a mark.
func (r *Reader) dumpsAt(d *dueMark) bool {
	return r.options.Dumps != nil && (d.kind == wire.MarkSnapshot || d.kind == wire.MarkDump)
}

// tell answers a request for a part of the text of an earlier answer.
func (r *Reader) tell(d *dueMark) {
	text := ""
	if r.options.Dumps != nil {
		text = r.options.Dumps.Text(d.number / wire.MaxTextParts)
	}
	from := min(int(d.number%wire.MaxTextParts)*wire.MaxMarkName, len(text))
	shm.AnswerMark(d.place, d.asked, shm.MarkAnswer{Outcome: wire.MarkMade, Name: text[from:min(from+wire.MaxMarkName, len(text))]})
}
