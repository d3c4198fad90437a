//go:build linux && (amd64 || arm64)

package tracker

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/replay"
)

// early looks up the addresses in stacks while the program runs, so that at its
// end few are left. The answers stay with the symbol.Resolver, which gives
// them again when the profile is made. The profile is the same without, unless a
// file is replaced meanwhile, or deleted: then it has names that it would not have.
//
// The thread that does this has the priority of every other. It would have to
// give up its work at the end if it had a lower one, since that cannot be raised
// again without privileges, and on a busy machine a low one hardly runs. It
// takes no more from the program than would be waited for at the end.
type early struct {
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

func startEarly(b *builder) *early {
	e := &early{
		resolver: b.resolver,
		library:  b.library,
		work:     make(chan places),
		done:     make(chan struct{}),
	}
	go e.run()
	return e
}

// see hands over what is new in a process, addresses if the work before is done. It
// is called by the reader and does not wait.
func (e *early) see(p *replay.Image) {
	if modules := p.TakeArrived(); modules != nil {
		e.opening.Go(func() { e.open(modules) })
	}
	stacks := p.Tree.Stacks
	if int(p.Handed) == stacks.Len() {
		return
	}
	select {
	// What is there of this list stays as it is, and the reader appends to it.
	case e.work <- places{stacks.PlacesFrom(p.Handed), maps.Clone(p.Modules)}:
		p.Handed = replay.StackID(stacks.Len())
	default:
	}
}

// open opens the files of modules at once: they may be replaced, or their process
// end, before an address in them is looked up.
func (e *early) open(modules []replay.Module) {
	for _, m := range modules {
		if m.Path != e.library && !e.stopping.Load() {
			_, _ = openModule(m, e.resolver) // who needs it will see the error
		}
	}
}

// stop ends the work and returns when nothing is being looked up.
func (e *early) stop() {
	e.stopping.Store(true)
	close(e.work)
	<-e.done
	e.opening.Wait()
}

func (e *early) run() {
	defer close(e.done)
	for w := range e.work {
		e.lookUp(w)
	}
}

func (e *early) lookUp(w places) {
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
