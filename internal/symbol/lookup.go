package symbol

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Wanted is addresses in a module, each the file's own, that are to be named.
type Wanted struct {
	Module    *Module
	Addresses []uint64
}

// LookUp has modules look up addresses, on all processors; Module.Frames then gives the answers at once. Of addresses in
// ascending order the neighbours share debug information. progress, if it is not nil, is called now and then, from one
// goroutine at a time.
func LookUp(all []Wanted, progress func(done, all int)) {
	p := counted{report: progress}
	for _, w := range all {
		p.all += len(w.Addresses)
	}
	var inflate, first, last []func()
	for _, w := range all {
		look := func() {
			for _, at := range w.Addresses {
				w.Module.Frames(at)
				p.done()
			}
		}
		if w.Module.IsCompressed() {
			inflate, last = append(inflate, w.Module.Inflate), append(last, look)
		} else {
			first = append(first, look)
		}
	}
	inParallel(slices.Concat(inflate, first, last))
}

// inParallel calls all functions, on all processors, each begun in its turn.
func inParallel(all []func()) {
	var next atomic.Int64
	var working sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		working.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				all[i]()
			}
		})
	}
	working.Wait()
}

// counted counts addresses that are looked up, on several processors.
type counted struct {
	mu     sync.Mutex
	report func(done, all int) // nil: nobody asks
	count  int
	all    int
}

// done counts one address.
func (p *counted) done() {
	if p.report == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count%64 == 0 {
		p.report(p.count, p.all)
	}
	p.count++
}
