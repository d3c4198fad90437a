//go:build linux && (amd64 || arm64)

package naming

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
)

// Early looks up the addresses in stacks while the program runs, so that few are left at
// its end. The answers stay with the symbol.Resolver, which gives them again when the
// profile is made. Without Early the profile is the same, except where a file is written
// over meanwhile: then the profile lacks names that it would have. Files that are replaced
// or deleted are open by then.
//
// It takes what nobody else wants: its thread gives way to all others; there is none where
// the program has one processor; and it begins when the program has run for a while, as
// what a program of some milliseconds leaves is looked up sooner at its end, by all
// processors. The thread does not give way altogether (SCHED_IDLE): a priority cannot be
// raised again without privileges, and at the end it is waited for until it has looked up
// the address at which it is, which on a busy machine would then take for ever.
type Early struct {
	resolver *symbol.Resolver
	library  string // the tracker library, whose frames are not the program's
	soon     bool   // Options.Soon
	work     chan places
	from     time.Time // when it begins; before that it takes no work
	opening  sync.WaitGroup
	stopping atomic.Bool
	done     chan struct{}
}

// places are places that the program was at, and the modules that they lie in.
type places struct {
	list    []replay.Place
	modules map[uint16]replay.Module
}

// patience is how long a program runs before its addresses are looked up. With a second,
// programs of some tenths had all of it to wait for at their end, mostly a C library's debug
// information, while a processor was idle before.
const patience = 20 * time.Millisecond

// giveWay is by how much the thread is nicer than others: beside one other thread it has a
// tenth of a processor.
const giveWay = 10

// StartEarly begins to look up addresses.
func StartEarly(o Options) *Early {
	e := &Early{
		resolver: o.Resolver,
		library:  o.Library,
		soon:     o.Soon,
		work:     make(chan places),
		from:     time.Now().Add(patience),
		done:     make(chan struct{}),
	}
	if runtime.GOMAXPROCS(0) > 1 {
		go e.run()
	} else {
		close(e.done) // and nobody takes work
	}
	return e
}

// LookUp begins to look up places in modules, by the modules' numbers, if it is time for
// that and what it was given before is done. It reports whether it has begun, and does not
// wait. The list must not change any more.
func (e *Early) LookUp(list []replay.Place, modules map[uint16]replay.Module) bool {
	if time.Now().Before(e.from) {
		return false
	}
	select {
	case e.work <- places{list, maps.Clone(modules)}:
		return true
	default:
		return false
	}
}

// Open begins to open the files of modules, and does not wait: the files may be replaced,
// or their process end, before an address in them is looked up.
func (e *Early) Open(modules []replay.Module) {
	if len(modules) == 0 {
		return
	}
	e.opening.Go(func() {
		for _, m := range modules {
			if m.Path != e.library && !e.stopping.Load() {
				_, _ = OpenModule(m, e.resolver) // who needs it will see the error
			}
		}
	})
}

// Stop ends the work, and returns when nothing is being looked up any more.
func (e *Early) Stop() {
	e.stopping.Store(true)
	close(e.work)
	<-e.done
	e.opening.Wait()
}

func (e *Early) run() {
	defer close(e.done)
	if !e.soon {
		giveWayToAll()
	}
	for w := range e.work {
		e.lookUp(w)
	}
}

// giveWayToAll has the goroutine give way to all other threads, until it ends.
func giveWayToAll() {
	// Never unlocked: the thread ends with this function, and nobody inherits its priority.
	runtime.LockOSThread()
	const thisThread = 0
	if own, err := unix.Getpriority(unix.PRIO_PROCESS, thisThread); err == nil {
		_ = unix.Setpriority(unix.PRIO_PROCESS, thisThread, 20-own+giveWay) // the system call returns 20 less the niceness
	}
}

func (e *Early) lookUp(w places) {
	// A place is in many stacks, and neighbours share debug information.
	list := slices.Clone(w.list)
	slices.SortFunc(list, replay.Place.Compare)
	opened := make(map[uint16]*symbol.Module)
	for _, at := range slices.Compact(list) {
		if e.stopping.Load() {
			return
		}
		m, ok := w.modules[at.Module()]
		if !ok || m.Path == e.library {
			continue
		}
		file, ok := opened[at.Module()]
		if !ok {
			file, _ = OpenModule(m, e.resolver)
			opened[at.Module()] = file
		}
		if file != nil {
			file.Frames(at.PC() - m.Bias)
		}
	}
}
