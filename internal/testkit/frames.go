package testkit

import (
	"heapprof/internal/dhat"
	"heapprof/internal/profile"
)

// Frames returns the frame table of a DHAT file that has these texts, such as "0x1: main
// (a.c:3)". Frames that name the same library share a module.
func Frames(texts ...string) []profile.Frame {
	modules := make(map[string]*profile.Module)
	frames := make([]profile.Frame, len(texts))
	for i, text := range texts {
		f, path := dhat.ParseFrame(text)
		if path != "" {
			if modules[path] == nil {
				modules[path] = &profile.Module{Path: path}
			}
			f.Module = modules[path]
		}
		frames[i] = f
	}
	return frames
}

// Place sets the module of each of p's frames to the one of p's modules with the number
// given; -1 for none.
func Place(p *profile.Profile, modules ...int) {
	for i, m := range modules {
		p.Frames[i].Module = nil
		if m >= 0 {
			p.Frames[i].Module = p.Modules[m]
		}
	}
}
