package push

import (
	"slices"
	"time"

	"heapprof/internal/profile"
)

// account is what a server has of one program in one process.
type account struct {
	image  image
	ledger *ledger
	since  time.Time // of the last that the server has; at first, of the beginning
	at     time.Time // of the last that was made
	unsent *delivery // that was made last, and that the server has not got
	ended  bool      // the last look did not find it
}

// image tells a program in a process from others that ran there before, and in others of its number.
type image struct {
	pid   int64
	start int64 // nanoseconds
}

// accounts are those of the processes of a recording, in the order in which they were first seen.
type accounts struct {
	all  []*account
	gone map[image]bool // let go of
}

// maxAccounts is how many processes are kept in mind that have ended, in case that there still is a last profile of
// them: a build has thousands. maxUnsent is how many bytes are kept of what they still were to send.
const (
	maxAccounts = 256
	maxUnsent   = 64 << 20
)

// of returns the account of a profile; nil if it was let go of. began is when the recording began, or later.
func (a *accounts) of(p *profile.Profile, began time.Time) *account {
	i := image{pid: p.PID}
	if r := p.Recording; r != nil && !r.Start.IsZero() {
		i.start = r.Start.UnixNano()
		if r.Start.After(began) {
			began = r.Start
		}
	}
	if a.gone[i] {
		return nil
	}
	for _, one := range a.all {
		if one.image == i {
			one.ended = false
			return one
		}
	}
	one := &account{image: i, ledger: newLedger(), since: began}
	a.all = append(a.all, one)
	return one
}

// rest says that all have ended, unless they are found again.
func (a *accounts) rest() {
	for _, one := range a.all {
		one.ended = true
	}
}

// trim lets go of those that ended first, where there are too many or they have too much to send.
func (a *accounts) trim() {
	over, unsent := len(a.all)-maxAccounts, 0
	for _, one := range a.all {
		if one.ended && one.unsent != nil {
			unsent += len(one.unsent.body)
		}
	}
	a.all = slices.DeleteFunc(a.all, func(one *account) bool {
		if !one.ended || over <= 0 && (unsent <= maxUnsent || one.unsent == nil) {
			return false
		}
		if one.unsent != nil {
			unsent -= len(one.unsent.body)
		}
		if a.gone == nil {
			a.gone = map[image]bool{}
		}
		a.gone[one.image] = true
		over--
		return true
	})
}
