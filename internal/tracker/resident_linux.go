//go:build linux && (amd64 || arm64)

package tracker

import (
	"path/filepath"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/resident"
	"heapprof/internal/tracker/shm"
)

// completeSubject says of an image whose memory in RAM is to be read what only the whole recording
// knows. It is called by the Reader.
func (r *recording) completeSubject(i *replay.Image, s *resident.Subject) bool {
	if r.visit != nil {
		return false // most of it would be of blocks from before
	}
	image := patcher.Image{Own: r.patcher.AnswersTo(i.Index)}
	image.InForce, _ = i.Origin.(*patcher.Answers)
	s.Allocator = allocatorOf(i.Modules, r.patcher.Allocators(image))
	for _, c := range r.patcher.CodeIn(image) {
		s.Code = append(s.Code, resident.Code(c))
	}
	s.Library, s.Memory = r.builder.naming.Library, shm.MappedAs
	return true
}

// allocatorOf returns the allocator that has most blocks of a program with these modules, in
// which those functions were hooked; "" where that is not known. One that is linked into a library is
// that library's own.
func allocatorOf(modules map[uint16]replay.Module, hooked []Allocator) sizeclass.Allocator {
	program := filepath.Base(modules[replay.ProgramModule].Path)
	for _, h := range hooked {
		if a := sizeclass.Allocator(h.Family); h.File == program && a.IsKnown() {
			return a
		}
	}
	found := make(map[sizeclass.Allocator]bool)
	for _, m := range modules {
		found[allocatorNamed(filepath.Base(m.Path))] = true
	}
	for _, a := range []sizeclass.Allocator{sizeclass.Jemalloc, sizeclass.Mimalloc, sizeclass.Tcmalloc, sizeclass.Musl, sizeclass.Glibc} {
		if found[a] {
			return a
		}
	}
	return ""
}

// allocatorNamed returns the allocator that is in a file of this name; "" where none is known to be.
func allocatorNamed(file string) sizeclass.Allocator {
	for _, library := range []struct {
		prefix string
		sizeclass.Allocator
	}{
		{"libjemalloc.", sizeclass.Jemalloc},
		{"libmimalloc", sizeclass.Mimalloc},
		{"libtcmalloc", sizeclass.Tcmalloc},
		{"ld-musl", sizeclass.Musl},
		{"libc.musl", sizeclass.Musl},
		{"libc.so.6", sizeclass.Glibc},
	} {
		if strings.HasPrefix(file, library.prefix) {
			return library.Allocator
		}
	}
	return ""
}

// residentOf returns what of an image's memory was in RAM; nil where it was not looked at.
func residentOf(p recorded, t times, sites []sitePoint) *profile.Resident {
	if len(p.Resident.Readings) == 0 {
		return nil
	}
	r := &profile.Resident{FilePeak: p.Resident.FilePeak}
	for _, reading := range p.Resident.Readings {
		made := reading.ResidentReading
		made.Time = t.since(reading.Stamp)
		made.Parts, made.Points = nil, nil
		for _, part := range reading.Parts {
			if part.Point >= 0 {
				part.Point = sites[part.Point].index
			}
			made.Parts = append(made.Parts, part)
		}
		for _, point := range reading.Points {
			point.Point = sites[point.Point].index
			made.Points = append(made.Points, point)
		}
		r.Readings = append(r.Readings, made)
	}
	return r
}
