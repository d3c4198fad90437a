//go:build linux && (amd64 || arm64)

package naming

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
)

// Early looks up the addresses in stacks while the program runs, so that at its
// end few are left. The answers stay with the symbol.Resolver, which gives
// them again when the profile is made. The profile is the same without, unless a
// file is replaced meanwhile, or deleted: then it has names that it would not have.
//
// The thread that does this has the priority of every other. It would have to
// give up its work at the end if it had a lower one, since that cannot be raised
// again without privileges, and on a busy machine a low one hardly runs. It
// takes no more from the program than would be waited for at the end.
type Early struct {
	resolver *symbol.Resolver
	library  string // the tracker library, whose frames are not the program's
	work     chan places
	opening  sync.WaitGroup
	stopping atomic.Bool
	done     chan struct{}
}

// places are some that the program was at, and the modules that they lie in.
type places struct {
	list    []replay.Place
	modules map[uint16]replay.Module
}

// StartEarly begins to look up addresses.
func StartEarly(o Options) *Early {
	e := &Early{
		resolver: o.Resolver,
		library:  o.Library,
		work:     make(chan places),
		done:     make(chan struct{}),
	}
	go e.run()
	return e
}

// LookUp looks up places in modules, by their numbers, if what it was given before is
// done: it reports whether it is, and does not wait. The list must not change any more.
func (e *Early) LookUp(list []replay.Place, modules map[uint16]replay.Module) bool {
	select {
	case e.work <- places{list, maps.Clone(modules)}:
		return true
	default:
		return false
	}
}

// Open opens the files of modules at once, and does not wait for that: they may be replaced,
// or their process end, before an address in them is looked up.
func (e *Early) Open(modules []replay.Module) {
	if len(modules) == 0 {
		return
	}
	e.opening.Go(func() {
		for _, m := range modules {
			if m.Path != e.library && !e.stopping.Load() {
				_, _ = openModule(m, e.resolver) // who needs it will see the error
			}
		}
	})
}

// Stop ends the work and returns when nothing is being looked up.
func (e *Early) Stop() {
	e.stopping.Store(true)
	close(e.work)
	<-e.done
	e.opening.Wait()
}

func (e *Early) run() {
	defer close(e.done)
	for w := range e.work {
		e.lookUp(w)
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
			file, _ = openModule(m, e.resolver)
			opened[at.Module()] = file
		}
		if file != nil {
			file.Frames(at.PC() - m.Bias)
		}
	}
}
