//go:build linux && (amd64 || arm64)

package patcher

import (
	"sync"

	"golang.org/x/sys/unix"

	"heapprof/internal/symbol"
	"heapprof/internal/tracker/patch"
)

// fileKey tells files apart, and a file from what it was before.
type fileKey struct {
	device, inode  uint64
	size, modified int64
}

func keyOf(path string) (key fileKey, ok bool) {
	var st unix.Stat_t
	// A program may name what is no file to read: it would be waited for.
	if err := unix.Stat(path, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return key, false
	}
	return fileKey{st.Dev, st.Ino, st.Size, st.Mtim.Nano()}, true
}

// planKey is a file, and whether it comes when the program runs already.
type planKey struct {
	fileKey
	late bool
}

// filePlan is how a file's functions are hooked, made once for all processes.
type filePlan struct {
	once sync.Once
	plan *patch.Plan
	err  error
}

// planFile returns the plan of a file that a process has mapped, by its path from here,
// or nil if it has no code that can be read.
func (p *Patcher) planFile(path string, late bool) *patch.Plan {
	file, ok := keyOf(path)
	if !ok {
		return nil
	}
	key := planKey{file, late}
	p.mu.Lock()
	entry := p.plans[key]
	if entry == nil {
		entry = new(filePlan)
		p.plans[key] = entry
	}
	p.mu.Unlock()
	entry.once.Do(func() {
		options := patch.Options{Functions: p.options.Functions, Mappings: p.options.Mappings}
		if late {
			// Another C library, as dlmopen loads it, maps for itself.
			options.Late, options.Mappings = true, false
		}
		entry.plan, entry.err = p.readPlan(path, options)
	})
	return entry.plan
}

// readPlan plans the hooks of a file, by the symbols of its separate debug file if it
// has none of its own.
func (p *Patcher) readPlan(path string, options patch.Options) (*patch.Plan, error) {
	plan, err := p.options.Plan(path, options)
	if err != nil || !plan.Stripped {
		return plan, err
	}
	if options.DebugFile = symbol.FindDebugFile(path, symbol.Options{}); options.DebugFile == "" {
		return plan, nil
	}
	if more, err := p.options.Plan(path, options); err == nil {
		return more, nil
	}
	return plan, nil
}
