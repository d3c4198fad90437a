//go:build linux && (amd64 || arm64)

package shm

import (
	"errors"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// The errors of asking for a mark.
var (
	ErrNoMemory     = errors.New("this is no recorder's shared memory")
	ErrOtherVersion = errors.New("the recorder is of another version")
	ErrRecorderGone = errors.New("the recorder records no more")
	ErrMarksFull    = errors.New("more marks have been asked for than the recorder has made")
	ErrMarkNotTaken = errors.New("the recorder has not made the mark in time")
)

// MarkRequest is a mark that somebody asks the recorder for.
type MarkRequest struct {
	Kind    uint32 // wire.MarkNamed, wire.MarkSignal, wire.MarkFunction, wire.MarkSnapshot or wire.MarkDump
	Process int    // whose it is, by its index in the process table; -1: it is for all that run
	Number  uint32 // of a wire.MarkFunction
	Stamp   uint64 // the moment; 0: when the recorder gets to it
	Name    string // of a wire.MarkNamed; only wire.MaxMarkName bytes of it are kept
}

// MarkAnswer is what became of a mark.
type MarkAnswer struct {
	Outcome uint32        // wire.MarkMade, wire.MarkTooLate, wire.MarkNoRoom or wire.MarkNoCopy
	Since   time.Duration // its moment, since its process began, or the program where it is for all
	Name    string        // as the recorder has made it
	Text    uint32        // what there is to say besides: see Marking.Text; 0: nothing
}

// AskMark asks for a mark and does not wait for it. It reports false where there is no place
// for it: it is counted as lost.
func (m *Memory) AskMark(q MarkRequest) bool {
	_, ok := askMark(m.control, q)
	if ok {
		m.RingDoorbell()
	} else {
		atomic.AddUint32(&m.control.LostMarks, 1)
	}
	return ok
}

// askMark asks for a mark in a free place and returns it, with the state by which it stands
// for this mark.
func askMark(c *wire.Control, q MarkRequest) (place askedMark, ok bool) {
	first := atomic.AddUint32(&c.NextMark, 1) - 1
	for i := range uint32(wire.MaxMarks) {
		m := &c.Marks[(first+i)%wire.MaxMarks]
		free := atomic.LoadUint32(&m.State)
		if free%wire.MarkStep != wire.MarkFree || !atomic.CompareAndSwapUint32(&m.State, free, free+wire.MarkClaimed) {
			continue
		}
		atomic.StoreUint32(&m.Outcome, 0)
		m.Kind, m.Process, m.Number, m.Stamp = q.Kind, uint32(q.Process+1), q.Number, q.Stamp
		m.NameBytes = uint32(copy(m.Name[:], q.Name))
		atomic.StoreUint32(&m.State, free+wire.MarkAsked)
		atomic.AddUint32(&c.MarksAsked, 1)
		return askedMark{m, free + wire.MarkAsked}, true
	}
	return askedMark{}, false
}

// askedMark is a place that holds a mark as long as its state is asked.
type askedMark struct {
	*wire.Mark
	asked uint32
}

// AnswerMark frees the place of a mark, whose state was asked, and tells whoever waits what
// became of it.
func AnswerMark(m *wire.Mark, asked uint32, a MarkAnswer) {
	atomic.StoreUint32(&m.Outcome, a.Outcome)
	m.Since, m.Number = uint64(a.Since), a.Text
	m.NameBytes = uint32(copy(m.Name[:], a.Name))
	if atomic.CompareAndSwapUint32(&m.State, asked, asked-wire.MarkAsked+wire.MarkStep) {
		WakeAll(&m.State)
	}
}

// TakeOnMark tells whoever waits for a mark, whose state was asked, that the recorder is about it.
func TakeOnMark(m *wire.Mark, asked uint32) {
	if atomic.LoadUint32(&m.State) == asked {
		atomic.StoreUint32(&m.Outcome, wire.MarkTakenOn)
	}
}

// Marking is another process's view of a recorder's shared memory, by which it asks for
// marks.
type Marking struct {
	Device, Inode uint64 // of the memory's file

	head    []byte
	control *wire.Control
}

// OpenMarking opens the file at path, which must be the shared memory of a recorder.
func OpenMarking(path string) (*Marking, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return nil, err
	}
	if st.Size < wire.ControlBytes {
		return nil, ErrNoMemory
	}
	head, err := unix.Mmap(int(file.Fd()), 0, wire.ControlBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	k := &Marking{st.Dev, st.Ino, head, (*wire.Control)(unsafe.Pointer(&head[0]))}
	switch {
	case k.control.Magic != wire.Magic:
		err = ErrNoMemory
	case k.control.Version != wire.Version:
		err = ErrOtherVersion
	case atomic.LoadUint32(&k.control.Recorder) != wire.RecorderOn || k.recorderDied():
		err = ErrRecorderGone
	}
	if err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

// Recorder returns the recorder's process, as it calls itself.
func (k *Marking) Recorder() int { return int(atomic.LoadUint32(&k.control.RecorderPID)) }

// Processes returns how many entries of the process table have been used.
func (k *Marking) Processes() int {
	return int(min(atomic.LoadUint32(&k.control.Processes), wire.MaxProcesses))
}

// Process returns an entry of the process table, as [Memory.Process] does.
func (k *Marking) Process(index int) *wire.Process { return processAt(k.head, index) }

// Ask asks for a mark and waits for the recorder's answer, so long at most, but as long as the recorder lives where that has
// taken it on.
func (k *Marking) Ask(q MarkRequest, atMost time.Duration) (MarkAnswer, error) {
	m, ok := askMark(k.control, q)
	if !ok {
		return MarkAnswer{}, ErrMarksFull
	}
	atomic.AddUint32(&k.control.Doorbell, 1)
	Wake(&k.control.Doorbell)
	const look = 50 * time.Millisecond // whether the recorder lives
	for until := time.Now().Add(atMost); atomic.LoadUint32(&m.State) == m.asked; {
		gone := atomic.LoadUint32(&k.control.Recorder) != wire.RecorderOn || k.recorderDied()
		left := time.Until(until)
		if atomic.LoadUint32(&m.Outcome) == wire.MarkTakenOn {
			left = look
		}
		if left > 0 && !gone {
			Wait(&m.State, m.asked, min(left, look))
			continue
		}
		// It is taken back, unless the recorder has it by now.
		if !atomic.CompareAndSwapUint32(&m.State, m.asked, m.asked-wire.MarkAsked+wire.MarkStep) {
			break
		}
		if gone {
			return MarkAnswer{}, ErrRecorderGone
		}
		return MarkAnswer{}, ErrMarkNotTaken
	}
	// The place is not used again before all others have been.
	return MarkAnswer{Outcome: m.Outcome, Since: time.Duration(m.Since), Name: string(m.Name[:min(m.NameBytes, wire.MaxMarkName)]), Text: m.Number}, nil
}

// Text returns the text that an answer has the number of. A place for marks has room for a short name only, so that a
// text comes in parts; each is waited for so long at most.
func (k *Marking) Text(number uint32, atMost time.Duration) (text string, err error) {
	for part := range uint32(wire.MaxTextParts) {
		a, err := k.Ask(MarkRequest{Kind: wire.MarkText, Process: -1, Number: number*wire.MaxTextParts + part}, atMost)
		if err != nil {
			return "", err
		}
		if text += a.Name; len(a.Name) < wire.MaxMarkName {
			break
		}
	}
	return text, nil
}

// recorderDied reports whether the recorder was killed: see Memory.ShowLife.
func (k *Marking) recorderDied() bool {
	const ownerDied = 0x40000000 // FUTEX_OWNER_DIED
	return atomic.LoadUint32(&k.control.RecorderLife)&ownerDied != 0
}

// Close lets go of the memory.
func (k *Marking) Close() { unix.Munmap(k.head) }
