//go:build linux && (amd64 || arm64)

package shm

import (
	"math"
	"sync/atomic"

	"heapprof/internal/tracker/wire"
)

// Control returns the control page. Programs write to it as well, so its words must be read
// and written atomically, and may hold anything. Mend puts some of them right.
func (m *Memory) Control() *wire.Control { return m.control }

// Settings are what the programs are told of how to record, by the control page.
type Settings struct {
	Depth      uint32 // frames that a stack has at most
	MaxNodes   uint32 // that the call tree of a process may have
	Flags      uint32 // wire.Children, wire.Patch, wire.Frees and wire.Retained
	SampleMean uint64 // bytes from one sampled block to the next, on average; 0: every block is recorded
	MarkSignal uint32 // the signal at which a program marks the moment; 0: there is none
	Limits     Limits
}

// Limits are which allocations are refused: see the fields of wire.Control with these names.
type Limits struct {
	LimitBytes, LimitBlocks uint64
	FailFrom, FailEvery     uint64
	AtLimit, FailTimes      uint32
}

func (l Limits) putInto(c *wire.Control) {
	c.LimitBytes, c.LimitBlocks, c.AtLimit = l.LimitBytes, l.LimitBlocks, l.AtLimit
	c.FailFrom, c.FailEvery, c.FailTimes = l.FailFrom, l.FailEvery, l.FailTimes
}

// Begin lets programs join.
func (m *Memory) Begin(s Settings) {
	c := m.control
	c.Depth, c.MaxNodes, c.Flags, c.SampleMean, c.MarkSignal = s.Depth, s.MaxNodes, s.Flags, s.SampleMean, s.MarkSignal
	s.Limits.putInto(c)
	m.control.Recorder = wire.RecorderOn
	m.own = *m.control
}

// Flags returns the flags that Begin was given.
func (m *Memory) Flags() uint32 { return m.own.Flags }

// SampleMean returns the mean that Begin was given.
func (m *Memory) SampleMean() uint64 { return m.own.SampleMean }

// MaxRings returns how many rings there are at most.
func (m *Memory) MaxRings() uint32 { return m.own.MaxRings }

// StopPrograms has the hooks of all programs record nothing any more.
func (m *Memory) StopPrograms() {
	m.own.Recorder = wire.RecorderGone
	atomic.StoreUint32(&m.control.Recorder, wire.RecorderGone)
}

// Mend puts right what the program has overwritten of the control page: the words that only
// the recorder writes, and the counts of processes and rings where they are lower than what
// has been seen of these, or higher than there can be.
func (m *Memory) Mend(processes, rings uint32) {
	c := m.control
	if c.Magic != m.own.Magic {
		c.Magic, m.overwritten = m.own.Magic, true
	}
	ownWide := recorderWideWords(&m.own)
	for i, word := range recorderWideWords(c) {
		if atomic.LoadUint64(word) != *ownWide[i] {
			atomic.StoreUint64(word, *ownWide[i])
			m.overwritten = true
		}
	}
	own := recorderWords(&m.own)
	for i, word := range recorderWords(c) {
		if atomic.LoadUint32(word) != *own[i] {
			atomic.StoreUint32(word, *own[i])
			m.overwritten = true
		}
	}
	// Nobody starts so many processes between two looks.
	const leap = 1 << 16
	if n := atomic.LoadUint32(&c.Unprofiled); n-m.own.Unprofiled > leap {
		atomic.StoreUint32(&c.Unprofiled, m.own.Unprofiled)
	} else {
		m.own.Unprofiled = n
	}
	within(&c.Processes, processes, math.MaxInt32)
	within(&c.Rings, rings, math.MaxInt32)
}

// Overwritten reports whether Mend has found that the program wrote over what only the
// recorder writes.
func (m *Memory) Overwritten() bool { return m.overwritten }

// recorderWords returns the words of the control page that only the recorder writes.
func recorderWords(c *wire.Control) [12]*uint32 {
	return [...]*uint32{
		&c.Version, &c.Depth, &c.MaxNodes, &c.Flags, &c.RecorderPID, &c.Recorder, &c.MaxRings, &c.RecorderLife, &c.Life, &c.MarkSignal,
		&c.AtLimit, &c.FailTimes,
	}
}

// recorderWideWords returns those of 8 bytes.
func recorderWideWords(c *wire.Control) [5]*uint64 {
	return [...]*uint64{&c.SampleMean, &c.LimitBytes, &c.LimitBlocks, &c.FailFrom, &c.FailEvery}
}

// within brings a count that programs add to into the range from least to most.
func within(count *uint32, least, most uint32) {
	if n := atomic.LoadUint32(count); n < least || n > most {
		atomic.CompareAndSwapUint32(count, n, min(max(n, least), most))
	}
}

// RingDoorbell wakes the reader of the rings, if it sleeps on the doorbell.
func (m *Memory) RingDoorbell() {
	atomic.AddUint32(&m.control.Doorbell, 1)
	Wake(&m.control.Doorbell)
}
