//go:build linux && (amd64 || arm64)

package attach

import (
	"os"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// CleanLeft makes a process what it was where a recorder has left something in it that was killed, and whoever was to do this in its place
// was, too. It reports whether there was something. The error is an *Error where another recorder is at work there, or where it cannot be
// done.
func CleanLeft(p procfs.Process) (found bool, err error) {
	memory, err := openMemory(p)
	if err != nil {
		return false, err
	}
	defer memory.Close()
	maps, err := p.Maps()
	if err != nil {
		return false, err
	}
	if found, err := cleanLeft(p, memory, maps); found {
		return true, err
	}
	if !halt.HasStray(p) {
		return false, nil
	}
	var d Detached
	if err := d.unbegunAnywhere(p, memory, maps); err != nil {
		return true, err
	}
	if maps, err = p.Maps(); err == nil {
		_, err = cleanLeft(p, memory, maps) // it may have been no stray, but another recorder that has just begun
	}
	return true, err
}

// cleanLeft makes the process what it was by the record that is there, if there is one.
func cleanLeft(p procfs.Process, memory *os.File, maps []procfs.Mapping) (found bool, err error) {
	for _, m := range maps {
		if m.Path != "" || m.Protection != "r-xp" {
			continue
		}
		for at := m.Start; at+undo.Bytes <= m.End; at += wire.Page {
			record, err := undo.Open(memory, at)
			if err != nil {
				continue
			}
			if isAtWork(memory, record) {
				return true, &Error{Cause: profile.Cause{Code: profile.AlreadyAttached, Number: int64(record.Recorder)}}
			}
			d, err := Detach(p, at, DetachOptions{Token: record.Token})
			if err == nil && d.Left > 0 {
				err = &Error{Cause: d.Cause}
			}
			return true, err
		}
	}
	return false, nil
}

// unbegunAnywhere is unbegun where it is not known at which address the record was to be.
func (d *Detached) unbegunAnywhere(p procfs.Process, memory *os.File, maps []procfs.Mapping) error {
	const any = 1 // there is no record to have a token
	at := uint64(0)
	for _, m := range maps {
		if m.Path == "" && m.Protection == "r-xp" && m.End-m.Start == undo.Bytes {
			at = m.Start
			if err := d.unbegun(p, memory, at, DetachOptions{Token: any}); err != nil {
				return err
			}
		}
	}
	if at != 0 {
		return nil
	}
	return d.unbegun(p, memory, at, DetachOptions{Token: any})
}

// isAtWork reports whether the recorder lives whose a record is.
func isAtWork(memory *os.File, r *undo.Record) bool {
	p := procfs.Process(r.Recorder)
	if stat, err := p.Stat(); err == nil && stat.Start == r.Started {
		if status, err := p.ThreadStatus(int(p)); err == nil && status.State != 'Z' && status.State != 'X' {
			return true
		}
	}
	if r.Control == 0 {
		return false
	}
	// It may be in another PID namespace.
	const threadOfLife = 0x3fffffff // FUTEX_TID_MASK: the kernel takes it away when the thread ends
	var c wire.Control
	if err := structure(memory, r.Control, &c); err != nil {
		return false
	}
	return c.Magic == wire.Magic && c.RecorderLife&threadOfLife != 0
}

// OwnerHere returns what a record is to say of this process as its recorder.
func OwnerHere(token uint64) (undo.Owner, error) {
	self, err := procfs.Self()
	if err != nil {
		return undo.Owner{}, err
	}
	stat, err := self.Stat()
	return undo.Owner{Token: token, Recorder: uint64(self), Started: stat.Start}, err
}
