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

// Early looks up the addresses in stacks while the program runs, so that few are left at
// its end. The answers stay with the symbol.Resolver, which gives them again when the
// profile is made. Without Early the profile is the same, except where a file is replaced
// or deleted meanwhile: then the profile lacks names that it would have.
//
// The thread that does this has the same priority as every other. With a lower one it would
// hardly run on a busy machine, and would have to hand over its work at the end, as a
// priority cannot be raised again without privileges. It takes no more from the program
// than would be waited for at the end.
type Early struct {
	resolver *symbol.Resolver
	library  string // the tracker library, whose frames are not the program's
	work     chan places
	opening  sync.WaitGroup
	stopping atomic.Bool
	done     chan struct{}
}

// places are places that the program was at, and the modules that they lie in.
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

// LookUp begins to look up places in modules, by the modules' numbers, if what it was given
// before is done. It reports whether it has begun, and does not wait. The list must not
// change any more.
func (e *Early) LookUp(list []replay.Place, modules map[uint16]replay.Module) bool {
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
				_, _ = openModule(m, e.resolver) // who needs it will see the error
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
