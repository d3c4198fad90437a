package wording

import (
	"fmt"
	"path"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// ReadingTitle says when a reading was taken. The last one is some time before the end.
func ReadingTitle(r *view.ResidentReading) string {
	if r.Widest {
		return "widest gap"
	}
	return "last look"
}

// PartWords says what a part of the memory in RAM is, in 40 columns.
func PartWords(p profile.ResidentPart, r *view.ResidentReading) string {
	counted := func(noun string) string { return human.Counted(p.Count, noun) }
	switch p.Kind {
	case profile.LiveBlocks:
		return human.Counted(r.LiveBlocks, "live block") + untouched(p, r)
	case profile.Rounding:
		if p.Name == "" {
			return "headers and rounding (computed)"
		}
		return "headers and rounding, " + p.Name + "'s (computed)"
	case profile.Pinned:
		return "free, in " + counted("page") + " few blocks pin"
	case profile.Between:
		return "free, in other pages with live blocks"
	case profile.FreeHeap:
		return "free pages of the main heap"
	case profile.FreeArenas:
		return "free pages of " + counted("arena") + " of threads"
	case profile.FreeAllocator:
		if p.Name == "" {
			return "free pages of the allocator"
		}
		return "free pages of " + p.Name
	case profile.ThreadStacks:
		return "stacks of threads: " + human.Count(p.Count)
	case profile.MainStack:
		return "stack of the first thread"
	case profile.StaticData:
		return "variables of " + fileWords(p)
	case profile.MappedByProgram:
		return "mapped past malloc: " + counted("mapping")
	case profile.MadeCode:
		return "code made at run time"
	case profile.SharedMemory:
		return "shared memory: " + counted("mapping")
	case profile.Files:
		return "files: " + fileWords(p)
	case profile.OfTracker:
		return "the recording itself"
	}
	return string(p.Kind)
}

// fileWords names the file that has most of a part, and how many others there are.
func fileWords(p profile.ResidentPart) string {
	words := names.Printable(path.Base(p.Name))
	if p.Count > 1 {
		words += fmt.Sprintf(" and %s", human.Counted(p.Count-1, "other"))
	}
	return words
}

// untouched says how much of the live bytes is not in RAM, where that is much.
func untouched(p profile.ResidentPart, r *view.ResidentReading) string {
	if left := r.LiveBytes - min(p.Bytes, r.LiveBytes); left >= WorthResident && left > r.LiveBytes/10 {
		return fmt.Sprintf(", %s untouched", human.Bytes(left))
	}
	return ""
}

// WorthResident is how much memory is worth a word.
const WorthResident = 4 << 20
